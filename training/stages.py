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
# From the third's weights, and blended with them: of the trained weights .6, of the third's .4 (WiSE-FT, Wortsman et al. 2022; the part was
# chosen on validation posts, docs/model/runs.md). A pair is often drawn with its opposite as a twin.
FOURTH = {"seed": 14, "lr": 8e-5, "head_lr": 3e-4, "minutes": 80, "blend": 0.6,
          "sentences": {"sentiment": 110000, "goemotions": 85000, "ec": 10000, "emotion4": 4500, "irony": 4000,
                        "offensive": 11000, "hate": 2500},
          "pairs": {"semst": 10000, "pstance": 26000, "ruw": 16000, "mtsd": 7000, "vast": 18000, "argkp": 10000,
                    "perspectrum": 14000, "iam": 7000, "ibmcs": 2500, "ce": 22000, "bd": 3500, "dong": 4500,
                    "synthetic": 14000}}
# From the base, without any target of held.FOLDS: only to measure what such targets are worth. The sentence heads get little.
LEFT_OUT = {"seed": 15, "lr": 1e-4, "head_lr": 5e-4, "minutes": 85,
            "sentences": {"sentiment": 40000, "goemotions": 25000, "ec": 5000, "emotion4": 3000, "irony": 3000,
                          "offensive": 6000, "hate": 2000},
            "pairs": {"semst": 2000, "pstance": 28000, "mtsd": 10000, "vast": 22000, "argkp": 13000, "perspectrum": 22000,
                      "iam": 10000, "ibmcs": 3500, "ce": 34000, "bd": 5000, "dong": 7000, "synthetic": 18000}}
# From those weights, without the targets of one fold: what the other folds' sets teach about reading such posts.
LEFT_ONE = {"seed": 18, "lr": 8e-5, "head_lr": 3e-4, "minutes": 12,
            "sentences": {"sentiment": 2000, "goemotions": 1500, "ec": 500, "offensive": 500},
            "pairs": {"semst": 9000, "pstance": 4000, "rivals": 1500, "ruw": 8000, "mtsd": 3000, "vast": 4000, "argkp": 3000,
                      "perspectrum": 4000, "iam": 2000, "ibmcs": 500, "ce": 4000, "bd": 500, "dong": 500, "synthetic": 3000}}
# From @3's file and taught by it (teacher.py), in the layout of one row a post: with a teacher the labels of posts are left aside.
FIFTH = {"seed": 16, "lr": 1e-4, "head_lr": 3e-4, "minutes": 95,
         "sentences": {"sentiment": 60000, "goemotions": 40000, "ec": 10000, "emotion4": 5000, "irony": 4000, "offensive": 11000,
                       "hate": 3000},
         "pairs": {"semst": 14000, "pstance": 26000, "rivals": 14000, "ruw": 18000, "mtsd": 9000, "vast": 20000, "argkp": 10000,
                   "perspectrum": 14000, "iam": 8000, "ibmcs": 2500, "ce": 30000, "bd": 4000, "dong": 5000, "synthetic": 9000}}
# From @4's file, taught by several models (docs/model/runs.md, run 10).
SIXTH = {"seed": 17, "lr": 8e-5, "head_lr": 3e-4, "minutes": 70,
         "sentences": {"sentiment": 40000, "goemotions": 28000, "ec": 8000, "emotion4": 4000, "irony": 3000, "offensive": 8000,
                       "hate": 2000},
         "pairs": {"semst": 10000, "pstance": 16000, "rivals": 8000, "ruw": 12000, "mtsd": 8000, "vast": 14000, "argkp": 7000,
                   "perspectrum": 9000, "iam": 5000, "ibmcs": 2000, "ce": 20000, "bd": 3000, "dong": 4000, "synthetic": 6000}}
# From the base, one after the other; and those that begin with a shipped model and its teachers.
STAGES = {"third": THIRD, "fourth": FOURTH}
LATER = {"fifth": FIFTH, "sixth": SIXTH}
# A run of seconds that proves the whole way works; its figures mean nothing.
SMOKE = {"smoke": {"seed": 1, "lr": 1e-4, "head_lr": 5e-4,
                   "sentences": {"sentiment": 192, "goemotions": 192, "ec": 64, "emotion4": 64, "irony": 64, "offensive": 64,
                                 "hate": 64},
                   "pairs": {"semst": 192, "argkp": 192, "synthetic": 192}}}
