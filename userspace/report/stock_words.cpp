// SPDX-License-Identifier: Apache-2.0
// Which words may a reply keep in a page that leaves the company?
//
// Those of stock replies, of SMTP, POP3, IMAP and their extensions. No names: of makers,
// lists, people or hosts. Who adds one asks whether it could be somebody's name.
#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "report/pseudonyms.h"

namespace mxray {
namespace {

constexpr std::string_view kWords =
    "8bitmime a able abort aborted about accept accepted accepting accepts access according "
    "account accounts action active actual add address addressee addresses addressing "
    "administrative administratively administrator after again against aka all allow allowed "
    "allows already also alternate always am an and anonymous another answer answered answers "
    "any anyone apop appear appears append apply are argument arguments as ask asked at "
    "attachment attempt attempted attempting attempts auth authenticate authenticated "
    "authentication authorised authorization authorized automatically available away back "
    "backlog bad badly banned base64 based bdat be because been before being belong below "
    "binarymime bitte black blackhole blacklist blacklisted block blocked blocking blocklist "
    "blocklisted body bounce bounced box broken bsmtp bulk busy but by bye bytes call called "
    "callout can cannot capa capability case certificate change channel characters charge "
    "charset check checked checking chunking classified clear client clients close closed "
    "closing code codes come comes command commands compatible complaint complaints complete "
    "completed concurrent condition configuration configured confirm connect connected "
    "connecting connection connections considered contact contain contains content continue "
    "copy could count country cram credentials currently daily damaged data date day days "
    "deferred dele delist deliver deliverby delivered delivery denied deny denylist "
    "destination details detected dictionary did different digest direct directly directory "
    "disabled discarded disconnect disconnecting disconnection disk dkim dmarc dns dnsbl dnswl "
    "do does doesn domain domains don done down dropped dsn due duplicate during dynamic each "
    "early ehlo eight either email emails empty enable enabled encrypt encrypted encryption "
    "end ended ending enhanced enhancedstatuscodes enough enter entry envelope err error "
    "errors esmtp esmtps etrn examine exceed exceeded exceeds excessive exist existent "
    "existing exists expected expired explanation expn expunge external fail failed failing "
    "fails failure failures fatal fetch few field file filter filtered filtering find first "
    "fix follow following follows for forbidden format forward forwarding found fqdn free "
    "frequency from full fully further future general generic get give given global go good "
    "goodbye granted gray graylist graylisted graylisting greet greeting greetings greylist "
    "greylisted greylisting has have having header headers hello helo help her here high hold "
    "hop hops host hosting hostname hosts hour hours how http https ident identification "
    "identify idle if illegal imap imap4 imap4rev1 implemented in inactive inbound inbox "
    "incoming incorrect info information input instead insufficient interim internal internet "
    "into invalid ip ips is isn isp issue it its junk just keep kept known large last later "
    "ldap least legitimate length less level like likely limit limited limits line lines link "
    "list listed literal literals lmtp load local locked log logged logging login logout long "
    "look looks lookup loop loops lost low mail mailbox mailboxes mailer mailhost mails main "
    "maintenance making malformed malicious manually many match matches max maximum may me "
    "means mechanism mechanisms media member members message messages method might mime "
    "minimum minute minutes misconfigured missing mistake mode moderate moderated moment more "
    "most moved much multiple must mx my name names namespace need needed needs negative "
    "network never new next no non none noop not notary nothing notify now null number object "
    "obsolete occurred of off offered office ok okay old on once one online only open opened "
    "opening operation operator option options or order originating other our out outbound "
    "outgoing over overloaded overquota own parameter parameters parse part partial pass "
    "password path per perhaps period permanent permanently permission permissions permit "
    "permitted phrase pipelining plain please point policies policy poor pop pop3 port ports "
    "possible possibly post postmaster preauth present previous private probably problem "
    "problems proceed process processing product prohibited prohibition proper properly "
    "protected protection protocol provide provided provider proxies proxy ptr public queue "
    "queued quit quota rate rates rbl rcpt rdns reach reached read ready reason reasons "
    "receive received receiver receiving recent recently recipient recipients recognised "
    "recognized record records redirect refer refuse refused refuses register registered "
    "reject rejected rejecting rejection rejects relay relayed relaying remote removal remove "
    "repeat replies reply report reported reputation request requested requests require "
    "required requirement requirements requires reset resets resolution resolve resolved "
    "resolver resolves resource resources response restricted restriction restrictions results "
    "retr retry retrying return returned reverse rfc right route routing rset rst rule rules s "
    "said saml sasl scan scanned score second seconds section secure security see seem seems "
    "select send sender senders sending sent sequence server servers service services session "
    "sessions set setting settings should shutting side signature simple since site size smtp "
    "smtps smtputf8 so soft some something soml sorry source space spam spammer spamming spf "
    "spoofed ssl start started starting starttls stat state status stop storage store stored "
    "strange strict string subject submission submit submitted submitting subscribe subscriber "
    "subscribers successful successfully such sufficient supplied support supported suspected "
    "suspended suspicious syntactically syntax system systems t table take taken takes target "
    "tarpit tcp tell temporarily temporary terminate terminated terminating termination test "
    "text than thank thanks that the their them then there these they this those throttled "
    "throttling through time timed timeout times tls to today token too top total traffic "
    "transaction transfer transient transmission transport tried try trying turn two type uid "
    "uidl unable unacceptable unallocated unauthenticated unauthorised unauthorized "
    "unavailable unblock undefined undeliverable under understand understood unexpected "
    "unfortunately unimplemented unknown unless unlisted unqualified unreachable unrecognised "
    "unrecognized unresolvable unroutable unrouteable unsolicited unsupported until untrusted "
    "unusual unverified up upstream urgent url us usage use used user username users using "
    "utf8 valid validate validation value verb verbs verification verified verify verp via "
    "violates violation virus visit volume vrfy wait waiting wants warning was way we weak web "
    "welcome were what when where which while whitelist whitelisted who why will wish with "
    "within without working works would write wrong xclient xforward xxxx yes yet you your "
    "yours";

std::unordered_set<std::string_view> all_words() {
  std::unordered_set<std::string_view> words;
  for (std::string_view rest = kWords; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    words.insert(word);
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  return words;
}

}  // namespace

bool is_stock_word(std::string_view word) {
  static const std::unordered_set<std::string_view> words = all_words();
  return words.contains(word);
}

}  // namespace mxray
