// SPDX-License-Identifier: Apache-2.0
#include "daemon/config_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <set>
#include <vector>

#include "base/small_file.h"
#include "base/text.h"
#include "server/yaml_text.h"

namespace mxray {
namespace {

/// Walks the file's nested maps and applies each key as `outer.inner`.
class Reader {
 public:
  Reader(std::string_view name, Config& config) : name_(name), config_(config) {}

  Status read_map(const YAML::Node& map, const std::string& prefix) {
    for (const auto& entry : map) {
      if (!entry.first.IsScalar()) return error_at(entry.first, prefix, "a key must be a word");
      const std::string key = prefix + entry.first.Scalar();
      if (!seen_.insert(key).second) {
        return error_at(entry.first, key, "this key is given twice; leave one out");
      }
      if (Status read = read_entry(entry.first, key, entry.second); !read) return read;
    }
    return Ok{};
  }

 private:
  Status read_entry(const YAML::Node& key_node, const std::string& key, const YAML::Node& value) {
    std::vector<std::string> values;
    if (value.IsScalar()) {
      values.push_back(value.Scalar());
    } else if (value.IsSequence()) {
      for (const auto& item : value) {
        if (!item.IsScalar()) return error_at(item, key, "each item of this list must be one word");
        values.push_back(item.Scalar());
      }
    } else if (value.IsMap() && key == "ports") {
      for (const auto& item : value) {
        if (!item.first.IsScalar() || !item.second.IsScalar()) {
          return error_at(item.first, key, "write each port as PORT: PROTOCOL, e.g. 8025: smtp");
        }
        values.push_back(item.first.Scalar() + "=" + item.second.Scalar());
      }
    } else if (value.IsMap() && is_section(key)) {
      return read_map(value, key + ".");
    }
    // An unknown key is worth more words than its missing value.
    const bool may_be_empty = value.IsSequence() && key == "local_domains";
    if (values.empty() && !may_be_empty && is_setting(key)) {
      return error_at(key_node, key, "it has no value; give one, or leave the key out");
    }
    const Status applied = apply_setting(config_, key, values);
    return applied ? applied : error_at(key_node, key, applied.error().message);
  }

  static bool is_setting(std::string_view key) {
    for (const std::string_view known : setting_keys()) {
      if (known == key) return true;
    }
    return false;
  }

  static bool is_section(const std::string& key) {
    for (const std::string_view known : setting_keys()) {
      if (known.starts_with(key + ".")) return true;
    }
    return false;
  }

  [[nodiscard]] Error error_at(const YAML::Node& node, const std::string& key,
                               std::string_view what) const {
    return {fmt::format("{}:{}: {}", name_, node.Mark().line + 1,
                        abridged(fmt::format("{}: {}", key, what)))};
  }

  std::string_view name_;
  Config& config_;
  std::set<std::string> seen_;
};

}  // namespace

Result<Config> read_config_text(const std::string& text, std::string_view name, Config base) {
  const auto read = read_yaml(text, name);
  if (!read) return read.error();
  const YAML::Node& root = *read;
  // yaml-cpp reports by exceptions; they end here.
  try {
    if (root.IsNull()) return base;  // nothing but comments
    if (!root.IsMap()) {
      return Error{fmt::format("{}:{}: the file must hold lines of `key: value`", name,
                               root.Mark().line + 1)};
    }
    const Status taken = Reader(name, base).read_map(root, "");
    if (!taken) return taken.error();
    return base;
  } catch (const YAML::Exception& problem) {
    return Error{
        fmt::format("{}:{}: this is not YAML: {}", name, problem.mark.line + 1, problem.msg)};
  }
}

Result<Config> read_config_file(const std::string& path, Config base) {
  const auto text = read_small_file(path);
  if (!text) {
    return Error{fmt::format("cannot read the configuration {}: {}", path, text.error().message)};
  }
  return read_config_text(*text, path, std::move(base));
}

}  // namespace mxray
