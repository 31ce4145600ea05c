// SPDX-License-Identifier: Apache-2.0
#include "server/yaml_text.h"

#include <fmt/format.h>
#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

#include "base/text.h"

namespace mxray {
namespace {

bool is_text(std::string_view bytes) {
  while (!bytes.empty()) {
    const Character next = first_character(bytes);
    if (!next.is_valid || next.code == 0) return false;
    bytes.remove_prefix(next.bytes);
  }
  return true;
}

/// Where the content of the latest document begins.
class Beginning : public YAML::EventHandler {
 public:
  [[nodiscard]] int line() const { return line_; }

  void OnDocumentStart(const YAML::Mark&) override { line_ = 0; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { begin(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { begin(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string&) override {
    begin(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    begin(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    begin(mark);
  }
  void OnMapEnd() override {}

 private:
  void begin(const YAML::Mark& mark) {
    if (line_ == 0) line_ = mark.line + 1;
  }
  int line_ = 0;  // from 1
};

}  // namespace

Result<YAML::Node> read_yaml(const std::string& text, std::string_view name) {
  // yaml-cpp takes much of what is no text for an empty file.
  if (!is_text(text)) return Error{fmt::format("{}: this is no text in UTF-8", name)};
  // yaml-cpp reports by exceptions; they end here.
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Beginning beginning;
    if (!parser.HandleNextDocument(beginning)) return YAML::Node();
    // No further than to the second: behind `{a: b}, c` yaml-cpp finds documents for ever.
    if (parser.HandleNextDocument(beginning)) {
      return Error{fmt::format("{}:{}: a second YAML document begins here; write all keys into one",
                               name, beginning.line())};
    }
    return YAML::Load(text);
  } catch (const YAML::Exception& problem) {
    return Error{
        fmt::format("{}:{}: this is not YAML: {}", name, problem.mark.line + 1, problem.msg)};
  }
}

}  // namespace mxray
