import t from 'tap'
import { type Ends, readOwners, rowNamesOf } from '../../../src/access/users/socket-table.js'

/** Of Linux 6.18 on x86-64: servers on 127.0.0.1:44149, 127.0.0.1:39035 and [::1]:54663. */
const TCP = `\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
   2: 0100007F:AC75 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 205269 1 00000000e73ab9c0 100 0 0 10 0                    
  76: 0100007F:AC75 0100007F:B758 08 00000000:00000002 00:00000000 00000000     0        0 205356 1 00000000d7a67913 20 4 28 10 -1                   
 140: 0100007F:B756 0100007F:AC75 01 00000000:00000000 00:00000000 00000000 65534        0 205271 1 0000000015f51c10 20 0 0 11 -1                    
 141: 0100007F:B758 0100007F:AC75 05 00000000:00000000 00:00000000 00000000     1        0 205357 1 000000002781aa25 20 0 0 12 -1                    
 142: 0100007F:B762 0100007F:AC75 05 00000000:00000000 03:0000175E 00000000     0        0 0 3 000000002a367d08                                      
 143: 0100007F:B76A 0100007F:AC75 01 00000000:00000000 00:00000000 00000000 123456        0 205894 2 00000000a10392e5 20 0 0 11 -1                   
10947: 0100007F:B76C 0100007F:AC75 01 00000000:00000000 02:000AFC80 00000000 4294967294        0 4294967297 2 0000000000000000 20 0 0 11 -1                   
1947: 0100007F:AC75 0100007F:B762 08 00000000:00000002 00:00000000 00000000     0        0 205358 1 00000000bfb969f8 20 4 28 10 -1                   
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   6: 0000000000000000FFFF00000100007F:A3B4 0000000000000000FFFF00000100007F:987B 01 00000000:00000000 00:00000000 00000000 65534        0 205378 1 00000000c21bbb8b 20 0 0 11 -1
   8: 0000000000000000FFFF00000100007F:A3C4 0000000000000000FFFF00000100007F:987B 05 00000000:00000000 03:0000175D 00000000     0        0 0 3 000000007f3cf0c3
   0: 00000000000000000000000001000000:D587 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 205382 1 0000000030f60866 100 0 0 10 0
   4: 00000000000000000000000001000000:9AF0 00000000000000000000000001000000:D587 01 00000000:00000000 00:00000000 00000000 65534        0 205900 1 00000000678da541 20 0 0 11 -1
   5: 00000000000000000000000001000000:9AF8 00000000000000000000000001000000:D587 05 00000000:00000000 00:00000000 00000000     1        0 205385 1 0000000021524ac7 20 0 0 12 -1
`

function ends(address: string, remotePort: number, localPort: number): Ends {
  return { localAddress: address, localPort, remoteAddress: address, remotePort }
}

/** Whose the client's end is, by a table of a little-endian machine. */
function ownerOf(of: Ends, table = TCP): number | undefined {
  const names = rowNamesOf(of, true)
  const owners = readOwners(table, new Set(names))
  return names.map((name) => owners.get(name)).find((owner) => owner !== undefined)
}

t.test('the owner is that of the client’s end', (t) => {
  for (const [what, of, owner] of [
    ['open', ends('127.0.0.1', 0xb756, 0xac75), 65534],
    ['half-closed by the client', ends('127.0.0.1', 0xb758, 0xac75), 1],
    ['closed by the client: nobody’s, not root’s', ends('127.0.0.1', 0xb762, 0xac75), undefined],
    ['a user without a name', ends('127.0.0.1', 0xb76a, 0xac75), 123456],
    ['wide numbers', ends('127.0.0.1', 0xb76c, 0xac75), 4294967294],
    ['the other end of it', ends('127.0.0.1', 0xac75, 0xb762), 0],
    ['a port that nobody has', ends('127.0.0.1', 0xb757, 0xac75), undefined],
    ['the same ports at another address', ends('127.0.0.2', 0xb756, 0xac75), undefined],
    ['another port of the server', ends('127.0.0.1', 0xb756, 0xac76), undefined],
    ['an IPv6 socket that calls an IPv4 address', ends('127.0.0.1', 0xa3b4, 0x987b), 65534],
    ['the same, on a mapped listener', ends('::ffff:127.0.0.1', 0xa3b4, 0x987b), 65534],
    ['an IPv4 socket, on a mapped listener', ends('::FFFF:127.0.0.1', 0xb756, 0xac75), 65534],
    ['that IPv6 socket, closed', ends('127.0.0.1', 0xa3c4, 0x987b), undefined],
    ['IPv6', ends('::1', 0x9af0, 0xd587), 65534],
    ['IPv6, half-closed', ends('::1', 0x9af8, 0xd587), 1],
    ['IPv6 spelt long', ends('0:0:0:0:0:0:0:1', 0x9af8, 0xd587), 1],
    ['a listener is no connection', ends('0.0.0.0', 0, 0xac75), undefined],
    ['no address at all', ends('', 0xb756, 0xac75), undefined],
    ['one end without an address', { ...ends('::1', 0x9af0, 0xd587), localAddress: '' }, undefined],
    ['ends of two kinds', { ...ends('::1', 0xb756, 0xac75), localAddress: '127.0.0.1' }, undefined],
  ] as const) {
    t.equal(ownerOf(of), owner, what)
  }
  t.end()
})

t.test('what is no table has no owners', (t) => {
  const of = ends('127.0.0.1', 0xb756, 0xac75)
  t.equal(ownerOf(of, ''), undefined)
  t.equal(ownerOf(of, TCP.slice(0, TCP.indexOf('65534'))), undefined, 'broken off in the row')
  t.equal(ownerOf(of, ' 1: 0100007F:B756 0100007F:AC75 01\n'), undefined)
  t.end()
})

t.test('addresses are spelt as numbers of the machine', (t) => {
  const ipv4 = { ...ends('10.1.2.3', 1, 65535), localAddress: '127.0.0.1' }
  t.same(rowNamesOf(ipv4, true), [
    '0302010A:0001 0100007F:FFFF',
    '0000000000000000FFFF00000302010A:0001 0000000000000000FFFF00000100007F:FFFF',
  ])
  t.same(rowNamesOf(ipv4, false), [
    '0A010203:0001 7F000001:FFFF',
    '00000000000000000000FFFF0A010203:0001 00000000000000000000FFFF7F000001:FFFF',
  ])
  const ipv6 = { ...ends('2001:db8::a:1', 1, 2), localAddress: 'fe80::1%lo' }
  t.same(rowNamesOf(ipv6, true), [
    'B80D0120000000000000000001000A00:0001 000080FE000000000000000001000000:0002',
  ])
  t.same(rowNamesOf(ipv6, false), [
    '20010DB80000000000000000000A0001:0001 FE800000000000000000000000000001:0002',
  ])
  const long = ends('2001:db8:1:2:3:4:5:6', 1, 2)
  t.same(rowNamesOf(long, false), [
    '20010DB8000100020003000400050006:0001 20010DB8000100020003000400050006:0002',
  ])
  t.end()
})
