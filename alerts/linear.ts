// Small systems of linear equations: a few unknowns, symmetric and positive definite. Pure.

/** Solves `left` x = `right` by Gaussian elimination with pivots; 0 where an unknown is not determined. */
export function solve(left: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = left.map((row, nr) => [...row, right[nr]!])
  const size = rows.length
  for (let column = 0; column < size; column++) {
    const pivot = rows.findIndex(
      (row, nr) =>
        nr >= column && Math.abs(row[column]!) === Math.max(...rows.slice(column).map((one) => Math.abs(one[column]!))),
    )
    ;[rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!]
    const top = rows[column]!
    if (Math.abs(top[column]!) < 1e-12) continue
    for (let nr = 0; nr < size; nr++) {
      if (nr === column) continue
      const by = rows[nr]![column]! / top[column]!
      for (let k = column; k <= size; k++) rows[nr]![k]! -= by * top[k]!
    }
  }
  return rows.map((row, nr) => (Math.abs(row[nr]!) < 1e-12 ? 0 : row[size]! / row[nr]!))
}

/** The inverse of a symmetric positive definite matrix. */
export function inverse(left: readonly (readonly number[])[]): number[][] {
  const columns = left.map((_, nr) =>
    solve(
      left,
      left.map((__, other) => (other === nr ? 1 : 0)),
    ),
  )
  return left.map((_, row) => columns.map((column) => column[row]!))
}
