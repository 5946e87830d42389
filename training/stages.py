"""How many examples each stage draws from each set. A set's epochs = draws / its rows.

Roughly n^0.5 over the sets, then corrected by what runs taught (docs/model/runs.md): sentiment,
GoEmotions and stance gain from more steps; emotion4, ec and irony overfit beyond about 3 epochs.
"""
FIRST = {"seed": 11, "lr": 1e-4, "head_lr": 5e-4, "cut": 2000, "end": 2160,  # cut short: the machine was busy
         "sentences": {"sentiment": 45000, "goemotions": 36000, "ec": 10000, "emotion4": 5500, "irony": 4500,
                       "offensive": 10000, "hate": 5000},
         "pairs": {"semst": 7000, "pstance": 12000, "ruw": 8000, "mtsd": 5000, "vast": 5000, "argkp": 4000,
                   "perspectrum": 6000, "iam": 3000, "ibmcs": 1400, "ce": 4000, "bd": 2000, "dong": 2000,
                   "synthetic": 8000}}
SECOND = {"seed": 12, "lr": 9e-5, "head_lr": 3e-4, "cut": 1600, "end": 2000,
          "sentences": {"sentiment": 34000, "goemotions": 33000, "ec": 5000, "emotion4": 2500, "irony": 1500,
                        "offensive": 6000, "hate": 2000},
          "pairs": {"semst": 9000, "pstance": 18000, "ruw": 12000, "mtsd": 6000, "vast": 6000, "argkp": 7000,
                    "perspectrum": 13000, "iam": 5000, "ibmcs": 2000, "ce": 6000, "bd": 2000, "dong": 3000,
                    "synthetic": 22000}}
STAGES = {"first": FIRST, "second": SECOND}
# A run of seconds that proves the whole way works; its figures mean nothing.
SMOKE = {"smoke": {"seed": 1, "lr": 1e-4, "head_lr": 5e-4,
                   "sentences": {"sentiment": 192, "goemotions": 192, "ec": 64, "emotion4": 64, "irony": 64, "offensive": 64,
                                 "hate": 64},
                   "pairs": {"semst": 192, "argkp": 192, "synthetic": 192}}}
