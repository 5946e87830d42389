// Topics to begin with, of general interest, written by us: name, query and targets as the form takes them. A test reads
// each with the topic language. Never about a person, and nothing here is watched until somebody makes it a topic.
import type { Words } from './form.ts'

export const templates: Words[] = [
  {
    name: 'Buses and trains',
    query:
      '("public transport" OR "public transit" OR bus OR buses OR train OR trains OR tram* OR subway OR metro) (late OR delay* OR crowded OR fare* OR ticket* OR cancel* OR route*)',
    targets: 'free public transport\nmore night buses',
  },
  {
    name: 'The cost of housing',
    query:
      '(rent OR rents OR housing OR mortgage* OR landlord* OR tenant*) (afford* OR expensive OR cap OR price* OR crisis OR evict* OR build*)',
    targets: 'a cap on rents\nbuilding more homes',
  },
  {
    name: 'Working from home',
    query:
      '"work from home" OR "working from home" OR "remote work" OR "back to the office" OR "return to office" OR #wfh',
    targets: 'working from home\nhaving to come back to the office',
  },
  {
    name: 'Artificial intelligence at work',
    query:
      '("artificial intelligence" OR chatbot* OR "language model*" OR (ai (model* OR tool* OR assistant*))) (job OR jobs OR work OR office OR boss* OR layoff* OR hiring)',
    targets: 'using artificial intelligence at work\nrules for artificial intelligence',
  },
  {
    name: 'Electric cars',
    query: '"electric car*" OR "electric vehicle*" OR ev OR evs OR "charging station*" OR #electriccars',
    targets: 'electric cars\nending the sale of petrol cars',
  },
  {
    name: 'Heat in the city',
    query:
      '(heatwave* OR "heat wave*" OR "extreme heat" OR "hot night*") (city OR cities OR school* OR tree* OR shade OR work* OR hospital*)',
    targets: 'planting more trees in the city\nclosing schools in a heatwave',
  },
]
