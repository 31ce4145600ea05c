// SPDX-License-Identifier: Apache-2.0
#include "support/variant_list.h"

namespace mxray::test {

using enum Session::Side;

Session VariantList::session(SessionOptions options) const {
  options.wrapping = wrapping_;
  options.ipv6 = ipv6_;
  return Session(options);
}

Session VariantList::greeted(SessionOptions options) const {
  Session smtp = session(options);
  smtp.handshake().server("220 5a-p07-b3.data-hotel.net ESMTP\r\n");
  return smtp.client("EHLO livedoor.cn\r\n").server("250 5a-p07-b3.data-hotel.net\r\n");
}

void VariantList::talk(Session& smtp, int times) {
  for (int i = 0; i < times; ++i) smtp.client("NOOP\r\n").server("250 2.0.0 Ok\r\n");
}

void VariantList::add(std::string name, const Session& session, ExpectedForgery expected) {
  variants_.push_back({std::move(name), session.steps(), session.endpoint(kClient),
                       session.endpoint(kServer), std::move(expected)});
}

std::vector<Variant> genuine_variants(Wrapping wrapping, bool ipv6) {
  std::vector<Variant> variants = genuine_hosts(wrapping, ipv6);
  for (Variant& variant : genuine_paths(wrapping, ipv6)) variants.push_back(std::move(variant));
  return variants;
}

}  // namespace mxray::test
