// Words that tell nothing of what a story is about: those of every English sentence, and those of the news trade. For
// other languages the kept posts themselves say what is common. Only a list; must never grow to mend one story.
const common = new Set(
  `a about above after again against ago all almost along already also although always am amid among an and another any are
  around as at away back be became because been before behind being below best better between beyond big both but by came can
  cannot come could day days did didn do does doesn done don down during each early else end enough even ever every far few first for
  from full get gets give go goes going good got great had half has have having he her here hers him his how however if in inside instead
  into is isn it its itself just keep keeps last late later least less let like likely little ll long longer look made make makes many may
  maybe me might month months more most much must my near need needs never new next no nobody none nor not nothing now of off
  often old on once one only onto or other others our out outside over own part people per perhaps put quite rather re really right
  same see seen set several she should since so some someone something soon still such take takes than that the their them then
  there these they thing things this those though three through time times to today together tomorrow too top toward towards two
  under until up upon us use used ve very want wants was way we week weeks well went were what when where whether which while who
  whom whose why will with within without won would year years yes yesterday yet you your
  says say said tell tells told warn warns warned call calls called calling ask asks asked face faces faced facing hit hits vow vows
  announce announces announced plan plans planned planning reveal reveals report reports reported reporting reportedly find finds
  found show shows claim claims claimed expect expected expects seek seeks push pushes urge urges urged slam slams amp live
  breaking exclusive update updates watch video photos opinion analysis explained explainer news latest morning evening night
  january february march april june july august september october november december monday tuesday wednesday
  thursday friday saturday sunday everyone anyone know knows known across win wins second third fourth fifth faster
  hundred thousand million billion percent thousands hundreds dozens hold holds held holding due meet meets begin begins start starts end ends open opens officials sources experts study man woman men women`.split(
    /\s+/,
  ),
)

export const isCommon = (word: string): boolean => common.has(word.toLowerCase())
