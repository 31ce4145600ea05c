// SPDX-License-Identifier: Apache-2.0
// What may hosts of a fuzzed conversation say?
#pragma once

#include <array>
#include <string_view>

namespace mxray::test {

/// A byte of the input chooses one: words stand where they stand, or kept inputs say others.
inline constexpr std::array<std::string_view, 48> kWords = {
    "",
    "220 mx.example.net ESMTP\r\n",
    "EHLO mail.example.org\r\n",
    "HELO x\r\n",
    "250-mx.example.net\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n",
    "250 2.1.0 Ok\r\n",
    "MAIL FROM:<a@example.org>\r\n",
    "RCPT TO:<b@example.net>\r\n",
    "DATA\r\n",
    "354 go on\r\n",
    "550 5.7.25 no PTR record\r\n",
    "500 error\r\n",
    "551 User not local; please try <forward-path>\r\n",
    "421 4.7.0 too many\r\n",
    "AUTH LOGIN\r\n",
    "AUTH PLAIN AGEAYg==\r\n",
    "334 VXNlcm5hbWU6\r\n",
    "235 2.7.0 Authenticated\r\n",
    "535 5.7.8 no\r\n",
    "STARTTLS\r\n",
    "220 2.0.0 Ready\r\n",
    "QUIT\r\n",
    "221 Bye\r\n",
    "+OK ready\r\n",
    "USER a\r\n",
    "PASS b\r\n",
    "-ERR no\r\n",
    "* OK ready\r\n",
    "a1 LOGIN c d\r\n",
    "a1 NO refused\r\n",
    "a1 OK done\r\n",
    "a2 STARTTLS\r\n",
    "40001, 25\r\n",
    "40001, 25 : USERID : UNIX : a\r\n",
    "\x16\x03\x01\x02",
    "\r\n.\r\n",
    "Subject: a\r\n\r\nb\r\n",
    "250-XXXXXXXA\r\n250 XXXXXXXX\r\n",
    "220 *****************\r\n",
    "450 4.2.0 greylisted\r\n",
    "554 5.7.1 blocked using zen.example.org\r\n",
    "503 5.5.1 Error: send HELO first\r\n",
    "RSET\r\n",
    "NOOP\r\n",
    "MAIL FROM:<>\r\n",
    "BDAT 4 LAST\r\nabcd",
    "25",
    "\n"};

}  // namespace mxray::test
