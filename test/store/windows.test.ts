// Windows in memory: the whole contract of the store is kept where every window is one.
import { storeContract } from '../contract/store.ts'
import { openEmbedded } from './embedded.ts'

storeContract('chDB, every window in memory', () => openEmbedded({ eraseAfterMs: 200, windowRows: 0 }))
