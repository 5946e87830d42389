// Words that are no subject, as closed lists: everybody uses them about everything. Plain facts of English, not tuned to
// any topic; a word that is missing here costs one dull phrase, a word too many hides a subject, so the lists stay short.

const set = (...lines: string[]) => new Set(lines.join(' ').split(/\s+/))

export const determiners = set(
  'a an the this that these those some any no every each another such whose which what all both',
)
export const possessives = set('my your his her its our their')
export const prepositions = set(
  'of in on at by for from with without about against between into through during before after above below under over',
  'near off onto upon within across behind beyond toward towards among amid around along via per despite like as than',
)
export const subjects = set(
  "i you he she it we they who i'm you're we're they're i've we've they've i'd we'd they'd i'll we'll they'll",
)
const objects = set('me him us them myself yourself himself herself itself ourselves themselves')
/** Before a verb. */
export const auxiliaries = set(
  "to not can could will would shall should may might must do does did don't doesn't didn't can't couldn't won't wouldn't",
  "shouldn't let let's lets gonna wanna please never cannot cant dont wont",
)
/** After a noun that is the subject. */
export const copulas = set(
  "is are was were has have had be been being isn't aren't wasn't weren't hasn't haven't hadn't will would",
)

const connectives = set(
  'and or but nor so yet if because while although though unless until since when whenever where wherever why how whether',
  'then therefore however else instead also too either neither just only even still already again ever once here there',
)

const shortForms = set(
  "it's that's there's what's who's here's he's she's where's how's ain't im ive youre theyre thats whats isnt arent wasnt",
  "doesnt didnt couldnt wouldnt shouldnt hes shes theres id ill lets y'all yall ya u ur r n w b c d rt via amp gt lt quot",
)

/** Verbs of everyday talk, in the forms that posts use. */
const verbs = set(
  'am get gets got getting gotten go goes going went gone make makes made making take takes took taken taking give gives',
  'gave given giving come comes came coming see sees saw seen seeing know knows knew known knowing think thinks thought',
  'thinking say says said saying tell tells told telling ask asks asked asking want wants wanted wanting need needs needed',
  'use uses used using find finds found feel feels felt feeling try tries tried trying keep keeps kept keeping leave leaves',
  'left leaving put puts mean means meant seem seems seemed look looks looked looking let become becomes became begin begins',
  'began begun start starts started starting stop stops stopped stopping show shows showed shown showing hear hears heard',
  'play run runs ran running turn turns turned bring brings brought bringing happen happens happened happening hold holds',
  'held write writes wrote written sit stand stands stood lose loses lost losing pay pays paid meet meets met include set',
  'learn learned lead leads led understand understands understood watch watches watched watching follow follows followed',
  'read reads speak speaks spoke spoken allow allows allowed add adds spend spends spent grow grows grew win wins won winning',
  'offer remember love loves loved hate hates hated like liked likes consider appear buy buys bought wait waits waited',
  'waiting serve die dies died dying send sends sent expect build builds built stay stays stayed fall fell cut reach kill',
  'kills killed killing killer remain suggest raise pass sell require report decide pull call calls called calling believe',
  'believes believed agree agrees agreed care cares cared hope hopes hoped hoping wish wishes help helps helped helping',
  'thank thanks work works worked working live lives lived living talk talks talked talking listen wonder guess bet deserve',
  'deserves having doing done does been having being change changes changed changing move moves moved moving open opens opened walked sold worry worries worried',
  'support supports supported supporting fight fights fighting choose end ends ended ending save saves saved saving pick',
  'share shares shared join joins joined vote votes voted voting imagine prove proves proved blame claim claims claimed',
  'continue continues lie lies lied lying break breaks broke broken check wrote drop drops forget forgets learn lay eat eats',
  'wake walk walks drive drives sign signs signed rise rises force forces forced protect protects refuse refuses suppose',
  'supposed accept accepts accepted admit explain explains defend deny create creates cause causes caused making gonna gotta',
  'respect hit hits throw threw thrown ignore ignores treat treated treats face catch caught carry carries beat beats push',
  'pushes pushing bothers bother hurts hurt destroy destroyed destroys destroying invade invaded invading attack attacked',
  'attacking attacks ban bans banned banning sending based elected elect elects shut',
)

/** Adjectives and adverbs that judge, measure or place anything. */
const qualities = set(
  'good better best bad worse worst great greatest big bigger biggest small smaller little large long short high higher low',
  'lower new newer old older young first last next previous same other others different own able sure true false real right',
  'wrong left full whole half ready late early soon later now today tomorrow yesterday tonight always never often sometimes',
  'usually really very quite rather pretty much more most many few less least several enough almost nearly maybe perhaps',
  'probably possibly actually literally basically simply clearly certainly definitely absolutely totally completely exactly',
  'finally honestly seriously obviously apparently especially particularly generally hopefully sadly unfortunately recently',
  'currently suddenly quickly slowly together alone apart away back down up out forward ahead anyway somehow somewhere',
  'everywhere anywhere nowhere nice fine cool awesome amazing beautiful wonderful perfect happy sad sorry glad proud angry mad',
  'crazy insane stupid dumb silly ridiculous funny weird strange hard easy simple serious important interesting special',
  'possible impossible likely unlikely clear obvious certain worth dead alive free strong weak rich poor safe dangerous',
  'terrible horrible awful disgusting sick tired busy hot cold dear close far entire total main major huge tiny single double',
  'top certain general common normal usual regular latest recent final current modern ok okay yes yeah yep no nope oh ah wow',
  'lol lmao omg haha hahaha hey hi hello please thx pls btw imo smh tbh fyi congrats welcome bye hmm uh um wait well',
  'evil corrupt pathetic racist fascist fake honest fair unfair wise smart brave bold loud quiet empty fully truly deeply',
  'personally mostly mainly merely hardly barely instead meanwhile nonetheless otherwise altogether worthy sane decent lovely',
)

/** Nouns so wide that they name nothing, and words of time and number. */
const vague = set(
  'thing things something anything everything nothing someone anyone everyone somebody anybody everybody nobody one ones two',
  'third half quarter three four five six seven eight nine ten hundred hundreds thousand thousands million millions billion billions dozen',
  'people person guy guys man men folk folks way ways lot lots bit kind kinds sort type part parts side sides point points',
  'case cases fact facts reason reasons idea ideas example question questions answer answers problem problems matter matters',
  'time times day days week weeks month months year years hour hours minute minutes second seconds moment morning evening',
  'night afternoon weekend monday tuesday wednesday thursday friday saturday sunday january february march april may june',
  'july august september october november december today ago number numbers rest stuff place places word words name names',
  'world life story post posts tweet tweets thread twitter facebook account comment comments reply user users link video',
  'photo pic image follow follower followers retweet hashtag mr mrs ms sir madam dr sen rep gov president senator governor',
  'percent end start beginning middle chance choice course sake thought thoughts feeling feelings opinion opinions view views',
  'issue issues situation situations level top bottom piece pieces set group groups line lines list head hand hands eye eyes',
  'country countries nation nations america american americans black white news event events bless holy',
  'everyday anymore fan heart mind dude bro lady girl girls boy boys fool fools idiot idiots liar liars loser losers moron',
  'morons scum clown clowns coward cowards traitor traitors trash garbage joke disgrace shame bunch amount difference sense',
  'god lord', // in exclamations, nearly always
)

/** Never shown as anybody's phrase. */
export const rude = set(
  'fuck fucks fucking fucked fucker fuckers motherfucker motherfuckers shit shits shitty bullshit bitch bitches bitching ass',
  'asses asshole assholes arse bastard bastards cunt cunts dick dicks dickhead cock pussy whore whores slut sluts hoe hoes',
  'nigger niggers nigga niggas faggot faggots fag fags tranny retard retards retarded crap damn damned goddamn wtf stfu hell',
  'piss pissed twat wanker wankers prick pricks dumbass jackass kike spic chink paki raghead orc orcs vatnik vatniks khokhol',
  'hohol nazi nazis pedo pedos pedophile pedophiles libtard libtards retardation scumbag scumbags bloody cuck cucks simp incel',
)

const lists = [
  determiners,
  possessives,
  prepositions,
  subjects,
  objects,
  auxiliaries,
  copulas,
  connectives,
  shortForms,
  rude,
]
const bare = new Set(lists.flatMap((list) => [...list]))
const wide = new Set([verbs, qualities, vague].flatMap((list) => [...list]))

/** Carries no meaning of its own: no phrase begins or ends with it. */
export const isBare = (word: string): boolean => bare.has(word)
/** Means too much to be a subject: a phrase may hold it, beside a word that is one. */
export const isWide = (word: string): boolean => wide.has(word)
/** Has the form of a verb of everyday talk: what it begins is a deed, unless the posts use it as a noun. */
export const isVerb = (word: string): boolean => verbs.has(word)
