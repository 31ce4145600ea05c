// SPDX-License-Identifier: Apache-2.0
// How is a record written in a zone file (RFC 1035 5.1)?
//
// Whole lines with the names ended by a dot, ready to paste into any zone.
#pragma once

#include <string>

#include "dns/answer.h"

namespace mxray::dns {

/// `1.2.0.192.in-addr.arpa. IN PTR mail.example.org.`
std::string ptr_line(const core::address& address, const std::string& name);

/// `mail.example.org. IN A 192.0.2.1`, or AAAA.
std::string address_line(const std::string& name, const core::address& address);

/// `example.org. IN MX 10 mail.example.org.`; of a null MX `example.org. IN MX 0 .`
std::string mx_line(const std::string& domain, const MailExchanger& exchanger);

/// `example.org. IN TXT "..."`; a long text in several strings, for one holds at
/// most 255 bytes.
std::string txt_line(const std::string& domain, const std::string& text);

}  // namespace mxray::dns
