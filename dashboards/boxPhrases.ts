// The words of a box's chrome in four languages: what stands around the paragraph, which itself stays in English. Only a
// table; boxWords.ts fills it. {names} in braces are filled in. An author is an account, and is called one in every
// language: in some it would otherwise have to be he or she.
import type { BoxLanguage } from './box.ts'

/** By the plural category of the number; `many` is where Romance languages write "1 000 000 de". */
export interface Counted {
  one: string
  other: string
  many?: string
}

export interface Phrases {
  locale: string
  heading: string
  posts: Counted
  authors: Counted
  basis: string
  sources: Counted
  /** Names of sources that are no proper names. */
  sourceNames: Record<string, string>
  notAPoll: string
  inEnglish: string
  method: string
  evidence: string
  seePosts: string
  about: string
  /** A moment within a sentence. */
  moment: string
  updated: string
  added: Counted
  removed: Counted
  changed: Counted
  stale: string
  more: string
  withdrawn: string
  refusal: string
  /** Reasons of perspectives/refusal.ts. */
  reasons: Record<string, string>
  checkSentence: string
  failsLead: string
  interval: string
  checkAt: string
  readAt: string
  privateTopic: string
  goneStory: string
}

const en: Phrases = {
  locale: 'en-GB',
  heading: 'Social media perspectives',
  posts: { one: '{n} post', other: '{n} posts' },
  authors: { one: '{n} account', other: '{n} accounts' },
  basis: '{posts} by {authors}',
  sources: { one: 'Source: {list}', other: 'Sources: {list}' },
  sourceNames: {},
  notAPoll: 'Posts by people who post: this is not a poll.',
  inEnglish: '',
  method: 'How this is made',
  evidence: 'See the posts behind it',
  seePosts: 'See the posts',
  about: 'About the wider topic “{topic}”',
  moment: '{time} UTC, {day}',
  updated: 'Updated {moment}',
  added: { one: '{n} sentence added', other: '{n} sentences added' },
  removed: { one: '{n} sentence removed', other: '{n} sentences removed' },
  changed: { one: '{n} sentence changed', other: '{n} sentences changed' },
  stale: 'Last checked {moment}: this may be out of date.',
  more: 'Read on',
  withdrawn: 'The text that stood here has been withdrawn.',
  refusal: 'No paragraph: {reason}.',
  reasons: {},
  checkSentence: 'Choose a sentence to check it.',
  failsLead: 'What would make this sentence fail',
  interval: 'The band is the 95% interval.',
  checkAt: 'Every sentence can be checked at {host}',
  readAt: 'Read the text at {host}',
  privateTopic: 'This topic is not public.',
  goneStory: 'This story is no longer followed.',
}

const fr: Phrases = {
  locale: 'fr-FR',
  heading: 'Ce qui se dit sur les réseaux sociaux',
  posts: { one: '{n} publication', other: '{n} publications', many: '{n} de publications' },
  authors: { one: '{n} compte', other: '{n} comptes', many: '{n} de comptes' },
  basis: '{posts} de {authors}',
  sources: { one: 'Source\u00a0: {list}', other: 'Sources\u00a0: {list}' },
  sourceNames: { 'Bundled sample': 'Exemple fourni', 'Imported posts': 'Publications importées' },
  notAPoll: 'Seules les personnes qui publient s’expriment ici\u00a0: ce n’est pas un sondage.',
  inEnglish: 'Texte en anglais',
  method: 'Comment ce texte est établi',
  evidence: 'Voir les publications sur lesquelles il repose',
  seePosts: 'Voir les publications',
  about: 'Sur un sujet plus large\u00a0: «\u00a0{topic}\u00a0»',
  moment: '{time} UTC le {day}',
  updated: 'Mis à jour à {moment}',
  added: { one: '{n} phrase ajoutée', other: '{n} phrases ajoutées' },
  removed: { one: '{n} phrase retirée', other: '{n} phrases retirées' },
  changed: { one: '{n} phrase modifiée', other: '{n} phrases modifiées' },
  stale: 'Dernière vérification à {moment}\u00a0: ce texte n’est peut-être plus à jour.',
  more: 'Lire la suite',
  withdrawn: 'Le texte qui figurait ici a été retiré.',
  refusal: 'Pas de texte\u00a0: {reason}.',
  reasons: {
    'no posts': 'aucune publication',
    'no readable posts': 'aucune publication lisible',
    'not enough evidence': 'trop peu d’éléments vérifiables',
    'too few voices': 'trop peu de voix',
    'copies of one text': 'ce sont les copies d’un même texte',
    'off topic': 'hors sujet',
  },
  checkSentence: 'Choisissez une phrase pour la vérifier.',
  failsLead: 'Ce qui rendrait cette phrase fausse',
  interval: 'La bande est l’intervalle à 95\u00a0%.',
  checkAt: 'Chaque phrase est vérifiable sur {host}',
  readAt: 'Le texte est à lire sur {host}',
  privateTopic: 'Ce sujet n’est pas public.',
  goneStory: 'Cet article n’est plus suivi.',
}

const de: Phrases = {
  locale: 'de-DE',
  heading: 'Stimmen aus den sozialen Medien',
  posts: { one: '{n} Beitrag', other: '{n} Beiträge' },
  authors: { one: '{n} Konto', other: '{n} Konten' },
  basis: '{posts} von {authors}',
  sources: { one: 'Quelle: {list}', other: 'Quellen: {list}' },
  sourceNames: { 'Bundled sample': 'mitgeliefertes Beispiel', 'Imported posts': 'importierte Beiträge' },
  notAPoll: 'Hier äußern sich nur Menschen, die posten: Das ist keine Umfrage.',
  inEnglish: 'Text auf Englisch',
  method: 'So entsteht dieser Text',
  evidence: 'Die Beiträge dahinter ansehen',
  seePosts: 'Beiträge ansehen',
  about: 'Zum größeren Thema „{topic}“',
  moment: '{time} UTC am {day}',
  updated: 'Aktualisiert um {moment}',
  added: { one: '{n} Satz ergänzt', other: '{n} Sätze ergänzt' },
  removed: { one: '{n} Satz entfernt', other: '{n} Sätze entfernt' },
  changed: { one: '{n} Satz geändert', other: '{n} Sätze geändert' },
  stale: 'Zuletzt geprüft um {moment}: Der Text ist möglicherweise nicht mehr aktuell.',
  more: 'Weiterlesen',
  withdrawn: 'Der Text, der hier stand, wurde zurückgezogen.',
  refusal: 'Kein Text: {reason}.',
  reasons: {
    'no posts': 'keine Beiträge',
    'no readable posts': 'keine lesbaren Beiträge',
    'not enough evidence': 'zu wenig Nachprüfbares',
    'too few voices': 'zu wenige Stimmen',
    'copies of one text': 'Kopien eines einzigen Textes',
    'off topic': 'am Thema vorbei',
  },
  checkSentence: 'Wählen Sie einen Satz, um ihn zu prüfen.',
  failsLead: 'Wann dieser Satz nicht mehr stimmt',
  interval: 'Das Band ist das 95-%-Intervall.',
  checkAt: 'Jeder Satz lässt sich nachprüfen: {host}',
  readAt: 'Zum Nachlesen: {host}',
  privateTopic: 'Dieses Thema ist nicht öffentlich.',
  goneStory: 'Dieser Artikel wird nicht mehr verfolgt.',
}

const es: Phrases = {
  locale: 'es-ES',
  heading: 'Lo que se dice en las redes sociales',
  posts: { one: '{n} publicación', other: '{n} publicaciones', many: '{n} de publicaciones' },
  authors: { one: '{n} cuenta', other: '{n} cuentas', many: '{n} de cuentas' },
  basis: '{posts} de {authors}',
  sources: { one: 'Fuente: {list}', other: 'Fuentes: {list}' },
  sourceNames: { 'Bundled sample': 'Muestra incluida', 'Imported posts': 'Publicaciones importadas' },
  notAPoll: 'Aquí solo hablan quienes publican: no es una encuesta.',
  inEnglish: 'Texto en inglés',
  method: 'Cómo se elabora este texto',
  evidence: 'Ver las publicaciones en que se basa',
  seePosts: 'Ver las publicaciones',
  about: 'Sobre un tema más amplio: «{topic}»',
  moment: '{time} UTC del {day}',
  updated: 'Actualizado a las {moment}',
  added: { one: '{n} frase añadida', other: '{n} frases añadidas' },
  removed: { one: '{n} frase retirada', other: '{n} frases retiradas' },
  changed: { one: '{n} frase modificada', other: '{n} frases modificadas' },
  stale: 'Última comprobación a las {moment}: puede que el texto ya no esté al día.',
  more: 'Seguir leyendo',
  withdrawn: 'El texto que figuraba aquí se ha retirado.',
  refusal: 'No hay texto: {reason}.',
  reasons: {
    'no posts': 'ninguna publicación',
    'no readable posts': 'ninguna publicación legible',
    'not enough evidence': 'muy pocos datos comprobables',
    'too few voices': 'muy pocas voces',
    'copies of one text': 'copias de un mismo texto',
    'off topic': 'fuera de tema',
  },
  checkSentence: 'Elija una frase para comprobarla.',
  failsLead: 'Qué haría falsa esta frase',
  interval: 'La banda es el intervalo del 95\u00a0%.',
  checkAt: 'Cada frase puede comprobarse en {host}',
  readAt: 'El texto se puede leer en {host}',
  privateTopic: 'Este tema no es público.',
  goneStory: 'Esta noticia ya no se sigue.',
}

export const phrases: Record<BoxLanguage, Phrases> = { en, fr, de, es }
