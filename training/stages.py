"""How many examples each stage draws from each set. A set's epochs = draws / its rows.

Roughly n^0.5 over the sets, then corrected by what runs taught (docs/model/runs.md): sentiment, GoEmotions and stance
gain from more steps; emotion4, ec and irony overfit beyond about 3 epochs; hate learns its set's bias, so it gets little.
`minutes` ends a stage early where the machine is slow, with the same mix.
"""
THIRD = {"seed": 13, "lr": 1e-4, "head_lr": 5e-4, "minutes": 64,
         "sentences": {"sentiment": 100000, "goemotions": 110000, "ec": 21000, "emotion4": 9000, "irony": 8500,
                       "offensive": 22000, "hate": 6000},
         "pairs": {"semst": 13000, "pstance": 46000, "ruw": 30000, "mtsd": 15000, "vast": 16000, "argkp": 15000,
                   "perspectrum": 26000, "iam": 12000, "ibmcs": 4000, "ce": 42000, "bd": 8000, "dong": 10000,
                   "synthetic": 30000}}
STAGES = {"third": THIRD}
# A run of seconds that proves the whole way works; its figures mean nothing.
SMOKE = {"smoke": {"seed": 1, "lr": 1e-4, "head_lr": 5e-4,
                   "sentences": {"sentiment": 192, "goemotions": 192, "ec": 64, "emotion4": 64, "irony": 64, "offensive": 64,
                                 "hate": 64},
                   "pairs": {"semst": 192, "argkp": 192, "synthetic": 192}}}
