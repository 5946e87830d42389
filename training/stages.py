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
SECOND = {"seed": 12, "lr": 8e-5, "head_lr": 3e-4,
          "sentences": {"sentiment": 62000, "goemotions": 56000, "ec": 8000, "emotion4": 3257, "irony": 2862,
                        "offensive": 10000, "hate": 4000},
          "pairs": {"semst": 14000, "pstance": 30000, "ruw": 18000, "mtsd": 9000, "vast": 12000, "argkp": 10000,
                    "perspectrum": 20000, "iam": 8000, "ibmcs": 2800, "ce": 12000, "bd": 4000, "dong": 6000,
                    "synthetic": 36000}}
STAGES = {"first": FIRST, "second": SECOND}
# A run of seconds that proves the whole way works; its figures mean nothing.
SMOKE = {"smoke": {"seed": 1, "lr": 1e-4, "head_lr": 5e-4, "sentences": {"sentiment": 640, "goemotions": 640, "ec": 256,
         "emotion4": 256, "irony": 256, "offensive": 256, "hate": 256}, "pairs": {"semst": 640, "argkp": 640, "synthetic": 640}}}
