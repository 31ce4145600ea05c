// SPDX-License-Identifier: Apache-2.0
#include "daemon/landing_page.h"

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "daemon/command_line.h"

namespace mxray {
namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>mxray</title><style>
body{font:15px/1.5 system-ui,sans-serif;max-width:72em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3em .8em .3em 0;border-bottom:1px solid #ddd}
code,.time{font-family:ui-monospace,monospace;font-size:.9em;white-space:nowrap}.certain{color:#b00020;font-weight:600}
</style></head><body>
)";

std::string attachment_rows(const KernelStats& stats) {
  std::string rows;
  for (const Attachment& attachment : stats.attachments) {
    rows += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                        html_escape(attachment.interface), html_escape(attachment.direction),
                        html_escape(attachment.hook), html_escape(attachment.reason));
  }
  return rows;
}

std::string incident_rows(const std::vector<const Incident*>& incidents) {
  std::string rows;
  for (const Incident* incident : incidents) {
    const std::string_view confidence = name_of(incident->confidence);
    rows += fmt::format(
        "<tr><td class=\"time\">{}</td><td class=\"{}\">{}</td><td>{}</td><td>{}<br>{}<br>"
        "<code>mxray explain {}</code></td></tr>\n",
        rfc3339(incident->time_ns), confidence, confidence, name_of(incident->kind),
        html_escape(incident->summary), html_escape(incident->remedy), html_escape(incident->id));
  }
  return rows;
}

}  // namespace

std::string landing_page(const std::vector<const Incident*>& incidents, const KernelStats& stats) {
  std::string page(kHead);
  page += fmt::format(
      "<h1>mxray {}</h1>\n<p><a href=\"/metrics\">Metrics</a> · <a href=\"/-/healthy\">Health</a> "
      "· <a href=\"/-/ready\">Readiness</a></p>\n",
      html_escape(version()));
  page += fmt::format("<h2>Interfaces</h2>\n<table>{}</table>\n", attachment_rows(stats));
  page += "<h2>Latest incidents</h2>\n";
  page += incidents.empty()
              ? std::string("<p>None so far.</p>\n")
              : fmt::format(
                    "<table><tr><th>Time</th><th>Confidence</th><th>Kind</th><th>What "
                    "happened, what to do</th></tr>\n{}</table>\n",
                    incident_rows(incidents));
  return page + "</body></html>\n";
}

}  // namespace mxray
