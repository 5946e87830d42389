"""Posts written by us that a small model tends to get wrong, scored anew for every card."""
from score import probabilities

# (what is hard, head, target or None, post, the label a person would give)
CASES = [
    ("sarcasm", "sentiment", None, "Oh great, another three hours on a broken train. Best day ever.", "negative"),
    ("double negation", "sentiment", None, "I can't say I didn't enjoy it, honestly.", "positive"),
    ("quoted opinion", "sentiment", None, "They keep saying the plan is wonderful. It is in the minutes, page 4.", "neutral"),
    ("good news about something bad", "sentiment", None, "The flood killed nobody, everyone got out in time!", "positive"),
    ("mixed", "sentiment", None, "Loved the songs, hated the crowd and the price.", "negative"),
    ("sarcastic support", "stance", "the new tax", "Sure, the new tax is brilliant. My shop closes on Friday, thanks a lot.", "against"),
    ("stance only in the hashtag", "stance", "the highway extension", "Look at this valley in the morning light. #StopTheHighway", "against"),
    ("stance implied by a rival", "stance", "the governor", "I am voting for whoever runs against the governor.", "against"),
    ("reported stance", "stance", "nuclear power", "My neighbour is all for nuclear power, she told me again today.", "neither"),
    ("target only implied", "stance", "a four day working week", "Fridays off and we got more done than ever. Why go back?", "favor"),
    ("target not mentioned", "stance", "public libraries", "This phone battery is a joke, never buying one again.", "neither"),
    ("two targets", "stance", "buses", "Forget the tram, buses would serve this town far better.", "favor"),
    ("two targets", "stance", "the tram", "Forget the tram, buses would serve this town far better.", "against"),
    ("negated target", "stance", "we should not close the old bridge", "Closing the old bridge is the right call, it is falling apart.", "against"),
    ("question as attack", "stance", "the stadium deal", "Who exactly gets rich from the stadium deal? Not us.", "against"),
]


def measure(scorer):
    """[(what, target, post, expected, said, probability of what it said)]"""
    out = []
    for what, name, target, post, expected in CASES:
        head = scorer.labels["heads"][name]
        logits = scorer.stance([target], [post]) if target else scorer.posts([post])[name]
        p = probabilities(logits, head)[0]
        out.append((what, target, post, expected, head["labels"][p.argmax()], float(p.max())))
    return out


def markdown(scorer):
    rows = ["| what is hard | target | post (written by us) | a person says | the model says |", "|---|---|---|---|---|"]
    for what, target, post, expected, said, p in measure(scorer):
        mark = "" if said == expected else " **wrong**"
        rows.append(f"| {what} | {target or ''} | {post} | {expected} | {said} ({p:.2f}){mark} |")
    return "\n".join(rows)
