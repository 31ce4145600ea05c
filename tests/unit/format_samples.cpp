// SPDX-License-Identifier: Apache-2.0
#include "format_samples.h"

namespace mxray::samples {
namespace {

Endpoint endpoint(const char* ip, std::uint16_t port) { return {*parse_address(ip), port}; }

constexpr std::uint64_t kMinute = 1'790'433'840'000'000'000;  // 2026-09-26T14:44:00Z

PacketRow row(std::uint64_t us, bool from_server, const char* what, std::uint8_t ttl,
              std::uint16_t ip_id, std::uint16_t window, const char* options, const char* text) {
  PacketRow packet;
  packet.time_ns = kMinute + us * 1000;
  packet.from_server = from_server;
  packet.what = what;
  packet.seq = from_server ? 0x1527aa19 : 0x2e68ff56;
  packet.ack = from_server ? 0x2e68ff7f : 0x1527aa19;
  packet.ttl = ttl;
  packet.ip_id = ip_id;
  packet.window = window;
  packet.dont_fragment = true;
  packet.options = options;
  packet.text = text;
  return packet;
}

}  // namespace

Incident forged_reply() {
  Incident incident;
  incident.id = "0123456789ab";
  incident.kind = Kind::kForgedReply;
  incident.time_ns = kMinute + 53'103'763'000;
  incident.confidence = Confidence::kCertain;
  incident.score = 9.25;
  incident.protocol = core::PROTOCOL_SMTP;
  incident.interface = "eth0";
  incident.client = endpoint("10.4.1.4", 60661);
  incident.server = endpoint("203.131.198.80", 25);
  incident.inside_client = endpoint("192.168.1.9", 1523);
  incident.summary = "forged reply \"500 error\" from 7 hops away";
  incident.remedy = "Tell the operator of hop 7; send through another path until then.";
  incident.evidence = {{"ttl", "57", "49", 2.5}, {"timestamps", "absent", "present", 3}};
  Forgery forgery;
  forgery.forged_text = "500 error";
  forgery.forged_code = 500;
  forgery.genuine_text = "250 Ok";
  forgery.baseline_ttl = 49;
  forgery.forged_ttl = 57;
  forgery.server_hops = 15;
  forgery.forger_hops = 7;
  forgery.forger_class = "simple";
  forgery.rtt_ms = 100.783;
  forgery.forged_delay_ms = 54.053;
  forgery.genuine_delay_ms = 105.028;
  forgery.client_accepted = true;
  forgery.impersonated = "server";
  forgery.trigger_command = "RCPT TO";
  forgery.window_rule = "0";
  forgery.after_routing = true;
  incident.forgery = forgery;
  PacketRow forged = row(53'103'763, true, "data", 57, 64, 0, "", "500 error");
  forged.suspect = true;
  forged.dont_fragment = false;
  forged.length = 11;
  incident.packets = {
      row(52'744'474, true, "SYN-ACK", 49, 0, 5792, "MSS SACK TS WS", ""),
      row(53'049'710, false, "data", 127, 33110, 33304, "TS", "RCPT TO livedoor.com"), forged,
      row(53'154'738, true, "data", 49, 37321, 5792, "TS", "250 Ok")};
  incident.amendments = 2;
  return incident;
}

Incident ident_stall() {
  Incident incident;
  incident.id = "ba9876543210";
  incident.kind = Kind::kIdentStall;
  incident.time_ns = kMinute + 68'000'000'000;
  incident.confidence = Confidence::kProbable;
  incident.score = 4;
  incident.protocol = core::PROTOCOL_POP3;
  incident.interface = "ppp0";
  incident.client = endpoint("218.104.68.171", 42390);
  incident.server = endpoint("2001:db8::25", 110);
  incident.summary = "218.104.68.171 waited 34.3 s for the greeting";
  incident.remedy = "Refuse port 113 with a TCP reset.";
  Waiting waiting;
  waiting.greeting_delay_seconds = 34.535006;
  waiting.stall_seconds = 34.345694;
  waiting.ident_queries = 4;
  waiting.ident_outcome = "dropped";
  waiting.handshake = 0.189312;
  waiting.repeated_synack = 4.194288;
  waiting.ident = 29.960192;
  waiting.rest = 0.191214;
  incident.waiting = waiting;
  incident.ongoing = true;
  return incident;
}

Incident bare_reset() {
  Incident incident;
  incident.id = "00000000000f";
  incident.kind = Kind::kForgedReset;
  incident.time_ns = kMinute;
  incident.client = endpoint("10.0.0.1", 1024);
  incident.server = endpoint("10.0.0.2", 143);
  return incident;
}

FlowView waiting_flow() {
  FlowView flow;
  flow.protocol = core::PROTOCOL_POP3;
  flow.state = FlowState::kWaiting;
  flow.interface = "eth0";
  flow.client = endpoint("203.0.113.9", 42390);
  flow.server = endpoint("2001:db8::25", 110);
  flow.inside_client = endpoint("192.168.1.200", 1523);
  flow.opened_ns = kMinute;
  flow.rtt_ms = 188.644;
  flow.server_hops = 11;
  flow.waiting_seconds = 12.5;
  flow.ident_queries = 3;
  flow.ident_outcome = "dropped";
  return flow;
}

FlowView refused_flow() {
  FlowView flow;
  flow.protocol = core::PROTOCOL_SMTP;
  flow.state = FlowState::kClosed;
  flow.client = endpoint("192.0.2.2", 40000);
  flow.server = endpoint("203.0.113.25", 25);
  flow.inside_client = endpoint("10.0.0.7", 40000);
  flow.published_server = endpoint("203.0.113.26", 25);
  flow.opened_ns = kMinute;
  flow.closed_ns = kMinute + 1'000'000'000;
  flow.helo = "mail.example.org";
  flow.sender_domain = "example.org";
  flow.refusals = {{kMinute + 1000, 550, "550 5.7.25 no PTR record", "RCPT TO", "reverse_dns"}};
  flow.incidents = {"0123456789ad"};
  return flow;
}

Incident rejected() {
  Incident incident = bare_reset();
  incident.id = "0123456789ad";
  incident.kind = Kind::kRejected;
  incident.forgery.reset();
  incident.dialogue = Dialogue{.helo = "mail.example.org",
                               .sender_domain = "example.org",
                               .auth_offered = false,
                               .auth_used = false,
                               .starttls_offered = true,
                               .starttls_used = false,
                               .reply_code = 550,
                               .reply_text = "550 5.7.25 no PTR record",
                               .reason = "reverse_dns"};
  return incident;
}

Incident hairpin_failure() {
  Incident incident = bare_reset();
  incident.id = "0123456789ae";
  incident.kind = Kind::kHairpinFailure;
  incident.forgery.reset();
  incident.translation = Translation{.original = endpoint("110.88.12.88", 25),
                                     .translated = endpoint("192.168.1.55", 25),
                                     .syn_count = 3};
  return incident;
}

IdentView ident() {
  IdentView view;
  view.server = endpoint("203.0.113.25", 0).address;
  view.asked = endpoint("192.0.2.2", 0).address;
  view.outcomes = {2, 0, 1, 0};
  view.last_outcome = IdentOutcome::kUnreachable;
  view.last_ns = kMinute;
  view.longest_seconds = 25.5;
  return view;
}

IdentCheck asked_ident() {
  return {.address = endpoint("192.0.2.2", 0).address,
          .interface = "wan0",
          .from = endpoint("192.0.2.1", 0).address,
          .outcome = "dropped",
          .seconds = 3,
          .problem = {}};
}

IdentCheck unasked_ident() {
  IdentCheck check;
  check.address = endpoint("10.0.1.1", 0).address;
  check.interface = "lan0";
  check.problem = "no default route leads out over lan0";
  return check;
}

std::vector<Wave> waves() {
  Incident second = forged_reply();
  second.id = "0123456789ac";
  second.time_ns += 1'000'000;
  second.forgery->forged_text = "551 User not local; please try <forward-path>";
  return group_into_waves({forged_reply(), second, bare_reset()});
}

DaemonStatus status() {
  DaemonStatus status;
  status.version = "0.1.0";
  status.uptime_seconds = 3725.5;
  status.interfaces = {"eth0"};
  std::uint64_t number = 100;
  for (auto& counter : status.kernel.counters) counter = number++;
  status.kernel.attachments = {{"eth0", "ingress", "xdp_native", "the driver has hardware queues"},
                               {"eth0", "egress", "tc", "kernel 6.1 has no TCX"}};
  status.kernel.maps = {{"established", 25, 100}};
  for (auto& kind : status.totals.incidents) {
    for (auto& total : kind) total = number++;
  }
  for (auto& total : status.totals.ident_outcomes) total = number++;
  for (std::size_t p = 1; p < core::PROTOCOL_COUNT; ++p) {
    for (std::size_t i = 0; i < 2; ++i) status.totals.refusals[p][i] = number++;
    for (auto& total : status.totals.flows[p]) total = number++;
    status.totals.flows_opened[p] = number++;
    status.totals.syn_acks_repeated[p] = number++;
  }
  status.totals.resets = {7, 8};
  status.totals.incident_amendments = number++;
  status.totals.records = number++;
  status.totals.records_unreadable = number++;
  status.totals.flows_forgotten = number++;
  status.store = {"degraded", "the disk is full"};
  status.reload_problems.web_config = "web.yml:2: users: this key is unknown";
  status.privileges = "holds no capability; system calls are filtered";
  status.pin_dir = "/sys/fs/bpf/mxray";
  status.records_lost = 42;
  return status;
}

Path path() {
  struct Row {
    const char* address;
    double rtt_ms;
  };
  const std::vector<Row> rows = {
      {"210.83.214.161", 0.612},   {"210.83.193.49", 0.486},    {"210.52.131.6", 16.975},
      {"210.52.130.10", 45.836},   {"210.52.132.230", 49.957},  {"210.53.126.2", 49.955},
      {"202.147.16.125", 50.207},  {"202.147.16.205", 50.081},  {"202.147.16.214", 103.05},
      {"202.147.0.206", 99.677},   {"203.192.131.250", 103.43}, {"203.174.64.13", 99.804},
      {"203.174.64.146", 100.056}, {"203.174.64.214", 99.676},  {"203.131.198.80", 99.926}};
  Path path;
  path.server = endpoint("203.131.198.80", 25);
  path.time_ns = kMinute;
  for (const Row& row : rows) {
    Hop& hop = path.hops.emplace_back();
    hop.distance = static_cast<int>(path.hops.size());
    hop.addresses = {*parse_address(row.address)};
    hop.rtt_ms = row.rtt_ms;
    hop.probes = hop.answers = 3;
  }
  path.server_distance = 15;
  return path;
}

Path unreached_path() {
  Path path;
  path.server = endpoint("2001:db8::25", 0);
  path.hops.resize(2);
  path.hops[0].distance = 1;
  path.hops[0].addresses = {*parse_address("2001:db8::1"), *parse_address("2001:db8::2")};
  path.hops[1].distance = 2;
  return path;
}

dns::Report dns_report() {
  dns::Report report;
  report.subject = {.address = parse_address("192.0.2.1").value(),
                    .helo = "mail.example.org",
                    .domains = {"example.org"}};
  report.ptr_names = {"192-0-2-1.pool.example.net"};
  report.right = {"SPF of example.org covers 192.0.2.1, by 'mx'"};
  report.not_checked = {"nothing"};
  report.findings = {{.code = "mx_is_address",
                      .severity = dns::Severity::kError,
                      .seen = "the MX of example.org is the address 192.0.2.1 and no host name",
                      .advice = "have the MX name a host",
                      .owner = dns::Owner::kDomainDns,
                      .place = "example.org",
                      .add = {"example.org. IN MX 10 mail.example.org."},
                      .remove = {"example.org. IN MX 10 192.0.2.1."}},
                     {.code = "helo_differs_from_ptr",
                      .severity = dns::Severity::kWarning,
                      .owner = dns::Owner::kAddressOwner},
                     {.code = "helo_not_qualified", .owner = dns::Owner::kMailServer},
                     {.code = "ptr_generic", .severity = dns::Severity::kHint}};
  report.unanswered = {{"A of the PTR name", "192.0.2.53:53 did not answer within 2 s"}};
  report.questions_answered = 3;
  return report;
}

dns::Report unanswered_dns_report() {
  dns::Report report;
  report.subject.address = parse_address("2001:db8::1").value();
  return report;
}

std::vector<Sender> senders() {
  return {{.address = parse_address("192.0.2.1").value(),
           .helo = "mail.example.org",
           .sender_domain = "example.org",
           .sessions = 12,
           .last_seen_ns = 1'159'281'893'103'763'000},
          {.address = parse_address("2001:db8::1").value()}};
}

Bounce bounce() {
  Bounce bounce;
  bounce.session = waiting_flow();
  maillog::FailedDelivery& delivery = bounce.delivery;
  delivery.format = maillog::LogFormat::kQmail;
  delivery.file = "mail.log";
  delivery.line = 7;
  delivery.id = "118310";
  delivery.time_ns = kMinute;
  delivery.permanent = true;
  delivery.remote_name = "mx.example.com";
  delivery.remote = endpoint("203.131.198.80", 25).address;
  delivery.remote_port = 25;
  delivery.own = endpoint("10.4.1.4", 60661);
  delivery.helo = "mail.example.org";
  delivery.sender_domain = "example.org";
  delivery.recipient_domain = "example.com";
  delivery.reply = {.code = 500, .enhanced = "5.0.0", .text = "error"};
  return bounce;
}

maillog::Match Bounce::match() const {
  return {.verdict = maillog::Verdict::kForged,
          .reason = std::nullopt,
          .session = &session,
          .incident = &incident,
          .reply_ns = kMinute - 1'000'000'000,
          .others = 2,
          .others_differ = 1,
          .elsewhere_ns = std::nullopt};
}

}  // namespace mxray::samples
