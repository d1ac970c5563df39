// A short message centre for tests: npm package "smpp". Speaks JSON lines with its parent on stdin and stdout.
const smpp = require('smpp');
const readline = require('readline');
const say = (event) => process.stdout.write(JSON.stringify(event) + '\n');
const sessions = new Set();
let next = 0, behaviour = {};
const server = smpp.createServer({}, (session) => {
  const bind = (pdu) => {
    if (pdu.password !== 'secret') { session.send(pdu.response({command_status: smpp.ESME_RBINDFAIL})); session.close(); return; }
    session.send(pdu.response({system_id: 'smsc'})); sessions.add(session); say({event: 'bound', as: pdu.system_id});
  };
  for (const kind of ['bind_transceiver']) session.on(kind, bind);
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
  session.on('close', () => { sessions.delete(session); say({event: 'gone'}); });
  session.on('error', () => {});
  session.on('submit_sm', (pdu) => {
    const text = pdu.short_message && pdu.short_message.message !== undefined && pdu.short_message.message.length ? pdu.short_message.message : (pdu.message_payload && pdu.message_payload.message);
    say({event: 'submit', to: pdu.destination_addr, from: pdu.source_addr, ton: pdu.dest_addr_ton, from_ton: pdu.source_addr_ton, text: String(text), coding: pdu.data_coding, registered: pdu.registered_delivery});
    if (behaviour.silent) return;
    if (behaviour.drop) { session.socket.destroy(); return; }
    if (behaviour.status) { session.send(pdu.response({command_status: behaviour.status})); return; }
    const id = 'm' + (++next);
    session.send(pdu.response({message_id: id}));
    if (behaviour.receipt) session.deliver_sm({esm_class: 4, source_addr: pdu.destination_addr, source_addr_ton: 1, source_addr_npi: 1, destination_addr: pdu.source_addr, short_message: `id:${id} sub:001 dlvrd:001 submit date:2611231500 done date:2611231501 stat:${behaviour.receipt} err:000 text:`});
  });
});
server.listen(0, '127.0.0.1', () => say({event: 'listening', port: server.address().port}));
readline.createInterface({input: process.stdin}).on('line', (line) => {
  const order = JSON.parse(line);
  if (order.behave) behaviour = order.behave;
  if (order.reply) for (const one of sessions) one.deliver_sm({source_addr: order.from, source_addr_ton: 1, source_addr_npi: 1, destination_addr: 'PACELINE', short_message: order.reply});
  if (order.hang_up) for (const one of sessions) one.socket.destroy();
  say({event: 'done'});
});
