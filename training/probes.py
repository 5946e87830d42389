"""Words for the probes in evaluate.py, all written here, none of them used in training."""

NOUN_UNSEEN = ["{x} should be rejected", "the campaign against {x}", "an end to {x}", "it would be wrong to back {x}",
               "people should turn away from {x}", "{x} is harmful", "no more {x}"]
FALSE_UNSEEN = ["it would be wrong if {x}", "the claim that {x} is nonsense", "those who say that {x} are mistaken",
                "I deny that {x}", "the opposite of this: {x}"]
UNRELATED = ["school lunches", "the space station", "dog parks", "winter tyres", "a new opera house", "tuna fishing quotas",
             "electric scooters", "daylight saving time", "chess in schools", "beekeeping", "the metric system",
             "organ donation", "noise barriers", "bottle deposits", "night trains", "public libraries", "leap seconds",
             "plastic straws should be banned", "we should build more cycle lanes", "zoos should be closed",
             "we should tax sugar", "boxing should be banned", "we should switch to a four day week",
             "homework should be abolished", "we should subsidise rail freight", "tattoos should be allowed at work"]
