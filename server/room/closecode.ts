/**
 * Why the server ends a connection. 4400-4499 are final: a client does not reconnect by itself. The others ask it to.
 * 4410: the document has been rebuilt, and the client holds an earlier lineage.
 * 1001 going away, 1011 cannot serve now, 1013 try again later.
 */
export type CloseCode = 1001 | 1011 | 1013 | 4400 | 4401 | 4403 | 4404 | 4409 | 4410 | 4413 | 4429

/** Our close code for one of the WebSocket protocol's own. */
export function closeCodeOf(code: number): number {
  switch (code) {
    case 1009:
      return 4413
    case 1002:
    case 1003:
    case 1007:
      return 4400
    default:
      return code
  }
}
