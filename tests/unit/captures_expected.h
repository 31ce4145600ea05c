// SPDX-License-Identifier: Apache-2.0
// Which connections of other people's captures hold forged packets?
//
// Read off the packets with tcpdump, not off the file names. The files lie
// outside the project, in the folder that MXRAY_CAPTURES names. Times are
// seconds of the capture's clock within its minute or, where a file has many
// connections, since its first packet. A connection that is not listed holds
// no forged packet.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace mxray::test {

/// The ports of INDEX.md and two more that the captures of A and B use: 6649
/// (rst-inject-rae) and 9666 (ordered_coalesce_netcat1).
inline constexpr char kCapturePorts[] =
    "25,465,587,2525,110,995,143,993,80,443,22,4880,8080,9999,5555,2222,6649,9666";

struct ForgedFlow {
  std::string client;  // `192.0.2.1:40000`
  std::string server;
  enum class What {
    kReply,         // forged_reply
    kReset,         // forged_reset
    kReplyOrReset,  // both were forged; either names the connection
  } what = What::kReply;
  /// `simple`, `constant_window`, `reflector`; nullopt: several would be right.
  std::optional<std::string> forger_class;
  std::optional<int> baseline_ttl;  // of the genuine host; nullopt: see the comment
  std::optional<int> forged_ttl;
};

struct ForgedCapture {
  std::string file;
  std::vector<ForgedFlow> flows;
};

inline void PrintTo(const ForgedCapture& capture, std::ostream* out) { *out << capture.file; }

/// Every file of the folders A and B.
inline std::vector<ForgedCapture> forged_captures() {
  using What = ForgedFlow::What;
  const std::string probe = "141.212.123.145:";  // the client of the CenTrace files
  return {
      // 01.896323: 302 with FIN, TTL 64 (SYN-ACK 54), IP ID 1 (19398 follows), DF
      // clear, no timestamps, window 8192 (120), ack 339 bytes behind; 8.1 ms after
      // the request, handshake 33.6 ms. Genuine 301 for the same bytes at 01.924434.
      {"A/honeybadger-pcap-files__mots-with-fin.pcap",
       {{"10.0.1.4:54015", "91.225.248.129:80", What::kReply, "simple", 54, 64}}},

      // Port 9666, not in the usual list. 41.933391 (seq +12, 291 bytes), 41.933596
      // (seq +19, 291 bytes, the same text 7 bytes later: conflict with the first) and
      // 41.933760 (seq +0, `meowmeowmeow`): TTL 64, DF, timestamps, window 683 as the
      // server's, and all three with IP ID 43673, that of the server's last ACK. The
      // client acknowledges 310 bytes at 41.933869; the server's FIN at 47.877004 has
      // seq +0: it had sent none. Class: everything copied, the IP ID even twice.
      {"A/honeybadger-pcap-files__ordered_coalesce_netcat1.pcap",
       {{"127.0.0.1:59670", "127.0.0.1:9666", What::kReply, std::nullopt, 64, 64}}},

      // +0.783005, +0.783410, +0.783428: three segments, TTL 201, 202, 203, window 767,
      // 768, 769 (always TTL + 566), IP ID 55896, 55741, 55699, FIN on the third.
      // Genuine, TTL 44, DF, window 14600, from +1.834593; other content for the same
      // bytes at +1.835011. The SYN-ACK has TTL 47 and the client's IP ID 12345 and
      // window 8192. So the baseline is 47 at the forged packet and 44 later: never 203.
      {"A/qisniff__eureka.pcap",
       {{"192.150.187.17:31161", "123.125.115.164:80", What::kReply, "constant_window",
         std::nullopt, std::nullopt}}},

      // 22.219415: 200 with FIN, TTL 22 as the SYN-ACK, IP ID 9643 and window 4104 those
      // of the client's GET at 21.870727, no timestamps; 348.7 ms after the GET,
      // handshake 439 ms. Genuine 403 for the same bytes at 22.323352, IP ID 57002,
      // window 65535, and it has no timestamps either: only the SYN-ACK had (its IP ID
      // 15547 and timestamp are those of the SYN: a SYN proxy). So the missing
      // timestamps are no proof here; the copied header and the conflict are.
      {"A/quantuminsert__id1.cn-inject.pcap",
       {{"172.20.6.1:51500", "42.96.141.35:80", What::kReply, "reflector", 22, 22}}},

      // 26.650672: `BANG!`, TTL 56 (54), IP ID 1, DF clear, no timestamps, window 8192,
      // TOS 0x48, does not acknowledge the GET. Genuine 26.683290. The handshake was
      // retimed (5.6 ms), so nothing is too early.
      {"A/quantuminsert__qi_internet_SYNACK_curl_jsonip.pcap",
       {{"178.200.100.200:39976", "96.126.98.124:80", What::kReply, "simple", 54, 56}}},

      // +0.549163: 302, TTL 64 (241), IP ID 1, DF clear, no timestamps, window 8192; the
      // genuine 200 for the same bytes at +0.551750. The resets of this connection are
      // the client's own. The nine other connections, eight of them to 185.6.85.2, are
      // genuine.
      {"A/quantuminsert__qi_local_GET_slashdot_redirect.pcap",
       {{"10.0.1.4:58178", "216.34.181.45:80", What::kReply, "simple", 241, 64}}},

      // 43.145833: TTL 64 (53), IP ID 1, DF clear, no timestamps, window 8192; genuine
      // 43.179691.
      {"A/quantuminsert__qi_local_SYNACK_curl_jsonip.pcap",
       {{"10.0.1.4:56524", "96.126.98.124:80", What::kReply, "simple", 53, 64}}},

      // 43.548871 `GOOD` and 43.549304 `EVIL` in the client's name, seq 2, every header
      // field equal (all packets of both ends: TTL 64, IP ID 1, window 4096). Which one
      // is forged cannot be told, nor the class: only the content differs.
      {"A/suricata-verify__tcp-overlap.pcap",
       {{"1.1.1.1:12345", "2.2.2.2:8080", What::kReply, std::nullopt, 64, 64}}},

      // The request names a forbidden host. It reaches a box at the server's side with
      // TTL 17 or 18 and is answered twice within 0.2 ms: a page with FIN, TTL 83, DF
      // clear, window 16384, IP ID n, then a RST without ACK, TTL 47, IP ID n + 1, whose
      // seq is the first byte of that very page. SYN-ACK: TTL 238, DF set, window 5360.
      // +171.764530 and +171.764696; +179.831544 and +179.831645. Not too early (209 ms,
      // handshake 215) and no genuine answer follows: three TTLs, and a RST behind the
      // data that it follows, are all there is. The other 17 connections are genuine
      // (the request died on the way).
      {"B/CenTrace__103.93.208.20_bisexual.org_bisexual.org.pcap",
       {{probe + "59759", "103.93.208.20:80", What::kReplyOrReset, std::nullopt, 238, std::nullopt},
        {probe + "59760", "103.93.208.20:80", What::kReplyOrReset, std::nullopt, 238,
         std::nullopt}}},

      // +189.655725: RST, TTL 43 (SYN-ACK 228), IP ID 23385, that of the client's GET, DF
      // clear, all four reserved bits set, an ACK number without the ACK flag, window
      // 65535 (not copied: 8192). Nothing follows. Of the others, 63659 is a handshake
      // alone, and the RST of 63669 at +165.143513 (TTL 228) is the server's.
      {"B/CenTrace__188.65.24.82_www.nifty.org_www.nifty.org.pcap",
       {{probe + "63673", "188.65.24.82:80", What::kReset, "reflector", 228, 43}}},

      // Requests with TTL 13 to 18 get three identical RST+ACK within 0.3 ms; SYN-ACK TTL
      // 45; window always TTL + 1375; no server data before. Connection: time, TTL, IP ID:
      //   52360 +107.660855 128 47371   52361 +115.066888 166 45780
      //   52362 +122.204434 174 46733   52363 +129.195338 183 45935
      //   52364 +136.284886 201 45711   52365 +143.276302 221 45859
      // In 52365 the server goes on (ACK of the request, TTL 45, 18 ms later). In all six
      // the client's FIN is answered 3 s later by a RST of TTL 45, window 0, IP ID 0: the
      // server's, for it was reset too. 52360 alone has one TTL: a constant window shows
      // from the second connection of this host pair on. 52347 to 52359 (TTL 0 to 12:
      // ICMP, no RST) and 53035 (mid-stream) are genuine.
      {"B/CenTrace__222.138.4.221_archive.org_archive.org.pcap",
       {{probe + "52360", "222.138.4.221:443", What::kReset, std::nullopt, 45, 128},
        {probe + "52361", "222.138.4.221:443", What::kReset, std::nullopt, 45, 166},
        {probe + "52362", "222.138.4.221:443", What::kReset, std::nullopt, 45, 174},
        {probe + "52363", "222.138.4.221:443", What::kReset, std::nullopt, 45, 183},
        {probe + "52364", "222.138.4.221:443", What::kReset, std::nullopt, 45, 201},
        {probe + "52365", "222.138.4.221:443", What::kReset, std::nullopt, 45, 221}}},

      // Port 6649, not in the usual list. 31.582211: RST+ACK before the SYN-ACK, TTL 46,
      // IP ID 5461 and window 16384 those of the SYN, seq 0, and ack = the client's
      // initial number where a refusal acknowledges it plus 1. The SYN-ACK, TTL 49, comes
      // at 32.614715. The later two RST (34.201766 and 35.482002, TTL 49) are the server's.
      {"B/zeek__rst-inject-rae.pcap",
       {{"1.2.0.2:2527", "1.2.0.3:6649", What::kReset, "reflector", 49, 46}}},
  };
}

}  // namespace mxray::test
