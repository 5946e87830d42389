// The store contract on the engine in this process.
import { storeContract } from '../contract/store.ts'
import { openEmbedded } from './embedded.ts'

storeContract('chDB', () => openEmbedded({ eraseAfterMs: 200 }))
