// Values in the place of `{name:Type}` for the embedded engine, which runs one statement with parameters at a time in the
// whole process: written into the statement they let questions run side by side. A value travels as the hex digits of its
// text form, so that no byte of it can be read as SQL, and is cast to the type the statement asks for. Pure.

export type Params = Record<string, unknown>

/** A string of ours or from outside as an SQL expression that no byte of it can leave: its hex digits. */
export function literal(text: string): string {
  return `unhex('${Buffer.from(text, 'utf8').toString('hex')}')`
}

/** The statement with every placeholder filled in. Throws on one without a value: that is a mistake of ours. */
export function bound(statement: string, params: Params = {}): string {
  return statement.replaceAll(/\{(\w+):([^{}]+)\}/g, (_, name: string, type: string) => {
    const value = params[name]
    if (value === undefined || value === null) throw new Error(`no value for {${name}:${type}}`)
    return type === 'String' ? literal(String(value)) : `CAST(${literal(textOf(value))}, '${type}')`
  })
}

const textOf = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map((one) => (typeof one === 'number' ? one : quoted(String(one)))).join(',')}]`
    : String(value)

/** As the text format of arrays has it: a NUL, too, ends nothing. */
const quoted = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`
