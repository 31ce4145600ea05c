# SPDX-License-Identifier: Apache-2.0
# Is the DNS of a sending address read, judged and mended as the RFCs have it?
mxray_test(dns
  SOURCES dns_judge_domain_test.cpp dns_judge_host_test.cpp dns_message_test.cpp dns_name_test.cpp
          dns_resolver_test.cpp dns_spf_test.cpp
  LIBRARIES mxray_resolver)
