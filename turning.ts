// Words that turn a message into another one: "do not sign", "against", "stop". Texts that differ in one of them are no
// near-copies, however alike they are otherwise (wording.ts). As foldCopy writes words: lower case, no apostrophes.
// A missing word merges opposite messages, a needless one splits a campaign: in doubt a word belongs here.
const english = `not no never none nobody nothing nowhere neither nor without cannot cant couldnt dont doesnt didnt wont
  wouldnt shouldnt mustnt neednt isnt arent wasnt werent aint hasnt havent hadnt hardly barely unless
  against anti oppose opposes opposed opposing reject rejects rejected rejecting refuse refuses refused refusing
  stop stops stopped stopping end ends ended ban bans banned boycott block blocks blocked cancel scrap abolish repeal
  deny denies denied defund impeach resist condemn condemns abandon leave lose loses lost less fewer lower cut cuts
  wrong false fake untrue lie lies illegal unfair bad worse worst terrible horrible awful sad hate hates shame shameful
  disgrace disgraceful fail fails failed failure unacceptable down`
const german = `nicht nichts nein nie niemals niemand kein keine keinen keinem keiner keines ohne weder gegen stoppt
  stoppen stopp ablehnen falsch schlecht schande`
const french = `ne pas non jamais aucun aucune rien personne sans contre arreter arrêtez refuser refusez faux mauvais honte`
const spanish = `no nunca jamás nada nadie ningún ninguna ninguno ni tampoco sin contra alto rechaza rechazo falso malo
  vergüenza`
const portuguese = `não nunca jamais nada ninguém nenhum nenhuma nem sem contra parem falso mau vergonha`
const italian = `non mai niente nulla nessuno nessuna né senza contro basta falso male vergogna`
const dutch = `niet niets nee nooit niemand geen zonder tegen stop fout slecht schande`
const polish = `nie nigdy nic nikt żaden bez przeciw przeciwko stop`
const russian = `не нет ни никогда никто ничего без против нельзя стоп хватит`
const ukrainian = `не ні ніколи ніхто нічого без проти немає нема стоп досить`
const turkish = `değil hayır asla yok hiç karşı`
const arabic = `لا لم لن ليس ليست بدون ضد غير`
const hindi = `नहीं मत ना बिना खिलाफ`
const chineseAndJapanese = `不 没 沒 無 无 别 別 勿 非 否 反 未 莫`

export const turningWords: readonly string[] = [english, german, french, spanish, portuguese, italian, dutch, polish]
  .concat(russian, ukrainian, turkish, arabic, hindi, chineseAndJapanese)
  .flatMap((words) => words.split(/\s+/u))
