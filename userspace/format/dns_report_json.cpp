// SPDX-License-Identifier: Apache-2.0
#include "format/dns_report_json.h"

#include "format/incident_json.h"
#include "format/json_writer.h"

namespace mxray {
namespace {

using json::Object;

Object to_object(const dns::Finding& finding) {
  Object out;
  out["code"] = finding.code;
  out["severity"] = dns::name_of(finding.severity);
  out["seen"] = finding.seen;
  out["advice"] = finding.advice;
  out["owner"] = dns::name_of(finding.owner);
  out["place"] = finding.place;
  out["add"] = finding.add;
  out["remove"] = finding.remove;
  return out;
}

// A missing answer may hide a fault, so it counts for more than what was found right.
const char* outcome_of(const dns::Report& report) {
  if (report.questions_answered == 0) return "unanswered";
  if (report.has_faults()) return "faults";
  return report.unanswered.empty() ? "right" : "incomplete";
}

}  // namespace

std::string to_json_line(const dns::Report& report) {
  Object out;
  out["schema_version"] = kSchemaVersion;
  out["check"] = "dns";
  out["address"] = to_string(report.subject.address);
  out["helo"] = report.subject.helo.empty() ? Object(nullptr) : Object(report.subject.helo);
  out["domains"] = report.subject.domains;
  out["ptr_names"] = report.ptr_names;
  out["outcome"] = outcome_of(report);
  out["findings"] = Object::array();
  for (const dns::Finding& finding : report.findings) {
    out["findings"].push_back(to_object(finding));
  }
  out["unanswered"] = Object::array();
  for (const dns::Unanswered& one : report.unanswered) {
    out["unanswered"].push_back({{"question", one.question}, {"reason", one.reason}});
  }
  out["right"] = report.right;
  out["not_checked"] = report.not_checked;
  return json::line(out);
}

}  // namespace mxray
