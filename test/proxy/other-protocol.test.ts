import t from 'tap'
import { otherProtocolOf } from '../../src/proxy/other-protocol.js'

function protocolOf(bytes: Buffer | undefined): string | undefined {
  return otherProtocolOf(Object.assign(new Error('parse error'), bytes && { rawPacket: bytes }))
}

t.test('HTTP/2 is told by its preface, TLS by its first record', (t) => {
  t.equal(protocolOf(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')), 'HTTP/2')
  t.equal(protocolOf(Buffer.of(22, 3, 1, 2, 0, 1)), 'TLS')
  for (const other of [
    Buffer.of(22, 4, 1),
    Buffer.of(23, 3, 1),
    Buffer.from('PRI * HTTP/3.0\r\n\r\n'),
    Buffer.alloc(0),
    undefined,
  ]) {
    t.equal(protocolOf(other), undefined, String(other))
  }
  t.end()
})
