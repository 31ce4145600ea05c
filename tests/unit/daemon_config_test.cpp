// SPDX-License-Identifier: Apache-2.0
// Does every mistake in a configuration get a sentence that helps?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "daemon/config.h"
#include "daemon/config_file.h"
#include "daemon/config_values.h"
#include "daemon/interface_choice.h"
#include "unit/daemon_made_up.h"

namespace mxray {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Result<Config> read(const std::string& text) { return read_config_text(text, "f.yaml", Config{}); }

TEST(ConfigFile, SetsEverySetting) {
  const testing::TemporaryDirectory directory;
  const std::string reasons = directory.path() / "reasons.txt";
  std::ofstream(reasons) << "policy 550 * no\n";
  const std::string web = directory.path() / "web.yaml";
  std::ofstream(web) << "http_server_config: {http2: false}\n";
  const Result<Config> config = read(R"(
interfaces: [eth0, ppp0]
ports: {25: smtp, 8110: pop3}
attach: tc
slow_greeting_seconds: 7.5
max_flows: 1000
socket: /tmp/x.sock
socket_group: mail
state_dir: /tmp/state
web:
  listen_address: "[::1]:9999"
  config_file: )" + web + R"(
kernel_statistics: true
pin_dir: /sys/fs/bpf/here
retention:
  max_age: 7d
  max_size: 1GiB
local_domains: [ABC.com., example.org]
reply_reasons: )" + reasons);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->local_domains, ElementsAre("abc.com", "example.org"));
  EXPECT_EQ(config->reply_reasons, reasons);
  EXPECT_THAT(config->interfaces, ElementsAre("eth0", "ppp0"));
  EXPECT_EQ(config->ports, (PortTable{{25, core::PROTOCOL_SMTP}, {8110, core::PROTOCOL_POP3}}));
  EXPECT_EQ(config->attach, AttachMode::kTc);
  EXPECT_DOUBLE_EQ(config->slow_greeting_seconds, 7.5);
  EXPECT_EQ(config->max_flows, 1000u);
  EXPECT_EQ(config->socket, "/tmp/x.sock");
  EXPECT_EQ(config->socket_group, "mail");
  EXPECT_EQ(config->state_dir, "/tmp/state");
  EXPECT_EQ(config->web_listen, (ListenAddress{"::1", 9999}));
  EXPECT_EQ(config->web_config_file, web);
  EXPECT_TRUE(config->kernel_statistics);
  EXPECT_EQ(config->pin_dir, "/sys/fs/bpf/here");
  EXPECT_EQ(config->retention.max_age_ns, 7ull * 24 * 3600 * 1'000'000'000);
  EXPECT_EQ(config->retention.max_bytes, 1ull << 30);
  EXPECT_EQ(changed_settings(Config{}, *config), setting_keys());
}

TEST(ConfigFile, NamesTheMistakeInADomainOrInATableOfReasons) {
  const auto message = [](const std::string& text) {
    const Result<Config> config = read(text);
    return config ? std::string("no error") : config.error().message;
  };
  EXPECT_EQ(message("local_domains: [a@b.com]"),
            "f.yaml:1: local_domains: 'a@b.com' is no domain; write e.g. example.org");
  EXPECT_THAT(message("local_domains: [\"a..b\"]"), HasSubstr("is no domain"));
  EXPECT_EQ(message("local_domains: []"), "no error");
  EXPECT_THAT(message("reply_reasons: /nowhere/x.txt"),
              HasSubstr("cannot read the reply_reasons file /nowhere/x.txt: No such file"));
  const testing::TemporaryDirectory directory;
  const std::string path = directory.path() / "reasons.txt";
  std::ofstream(path) << "policy 550 * no\nrdns 550 * no ptr\n";
  EXPECT_THAT(message("reply_reasons: " + path), HasSubstr(path + ":2: 'rdns' is no reason"));
}

TEST(ConfigFile, WantsAnAbsolutePathForPinsOrNone) {
  const auto relative = read("pin_dir: bpf");
  ASSERT_FALSE(relative);
  EXPECT_THAT(relative.error().message, HasSubstr("'bpf' is no absolute path"));
  EXPECT_TRUE(read("pin_dir: \"\""));
}

TEST(ConfigFile, MayBeEmptyAndThenChangesNothing) {
  for (const std::string text : {"", "# only a comment\n", "---\n"}) {
    const Result<Config> config = read(text);
    ASSERT_TRUE(config) << text << config.error().message;
    EXPECT_THAT(changed_settings(Config{}, *config), ElementsAre()) << text;
  }
}

TEST(ConfigFile, TakesPortsAsAListOrAsOneLine) {
  const PortTable expected{{25, core::PROTOCOL_SMTP}, {8025, core::PROTOCOL_SMTP}};
  EXPECT_EQ(read("ports: [25, 8025=smtp]")->ports, expected);
  EXPECT_EQ(read("ports: 25,8025=smtp")->ports, expected);
}

struct Mistake {
  const char* name;
  const char* text;
  const char* complaint;
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }

class MistakeInFile : public ::testing::TestWithParam<Mistake> {};

TEST_P(MistakeInFile, IsNamedWithFileLineKeyAndRemedy) {
  const Result<Config> config = read(GetParam().text);
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, StartsWith(GetParam().complaint));
  EXPECT_THAT(config.error().message, Not(HasSubstr("\n")));
}

INSTANTIATE_TEST_SUITE_P(
    All, MistakeInFile,
    ::testing::Values(
        Mistake{"NoNumber", "socket: /s\n\nslow_greeting_seconds: abc\n",
                "f.yaml:3: slow_greeting_seconds: 'abc' is not a number of seconds; write e.g. 5"},
        Mistake{"NotANumberAsIeeeSays", "slow_greeting_seconds: nan",
                "f.yaml:1: slow_greeting_seconds: nan seconds is out of range"},
        Mistake{"NegativeSeconds", "slow_greeting_seconds: -1",
                "f.yaml:1: slow_greeting_seconds: -1 seconds is out of range"},
        Mistake{"UnknownKey", "interfaecs: [a]",
                "f.yaml:1: interfaecs: this key is unknown; did you mean 'interfaces'?"},
        Mistake{"UnknownKeyInASection", "retention:\n  max_age: 1d\n  max_sise: 1MiB",
                "f.yaml:3: retention.max_sise: this key is unknown; did you mean "
                "'retention.max_size'?"},
        Mistake{"UnknownKeyLikeNoOther", "zzz: 1",
                "f.yaml:1: zzz: this key is unknown; there are interfaces, ports,"},
        Mistake{"UnknownKeyWithoutValue",
                "atach:", "f.yaml:1: atach: this key is unknown; did you mean 'attach'?"},
        Mistake{"KeyWithoutValue", "attach: auto\nsocket:\n", "f.yaml:2: socket: it has no value"},
        Mistake{"EmptyList", "interfaces: []", "f.yaml:1: interfaces: it has no value"},
        Mistake{"ListForOneValue", "socket: [/a, /b]",
                "f.yaml:1: socket: it takes one value, not a list of 2"},
        Mistake{"MapForOneValue", "socket:\n  path: /a", "f.yaml:1: socket: it has no value"},
        Mistake{"KeyTwice", "attach: auto\nattach: tc",
                "f.yaml:2: attach: this key is given twice"},
        Mistake{"InterfaceTwice", "interfaces: [a, a]",
                "f.yaml:1: interfaces: 'a' is listed twice"},
        Mistake{"InterfaceNameTooLong", "interfaces: [abcdefghijklmnop]",
                "f.yaml:1: interfaces: 'abcdefghijklmnop' cannot be an interface's name"},
        Mistake{"IdentPort", "ports: [25, 113]", "f.yaml:1: ports: port 113 is ident"},
        Mistake{"ValueOfTwoLines", "ports: |\n  a\n  b\n",
                "f.yaml:1: ports: port 'a b ' is not a number"},
        Mistake{"KeyOfTwoLines", "? |\n  a\n  b\n: 1\n", "f.yaml:1: a b : this key is unknown"},
        Mistake{"UnknownProtocol", "ports:\n  25: http",
                "f.yaml:1: ports: port 25: protocol 'http' is none of"},
        Mistake{"UnknownAttachMode", "attach: fast",
                "f.yaml:1: attach: 'fast' is no attach mode; write auto, native, generic or tc"},
        Mistake{"TooFewFlows", "max_flows: 1",
                "f.yaml:1: max_flows: '1' is not a whole number from 64 to 16777216"},
        Mistake{"AgeWithoutUnit", "retention: {max_age: 30}",
                "f.yaml:1: retention.max_age: '30' is not a duration; write e.g. 30d"},
        Mistake{"SizeWithoutUnit", "retention: {max_size: 256}",
                "f.yaml:1: retention.max_size: '256' is not a size; write e.g. 256MiB"},
        Mistake{"SizeBeyondAllNumbers", "retention: {max_size: 99999999999999GiB}",
                "f.yaml:1: retention.max_size: '99999999999999GiB' is not a size"},
        Mistake{"SizeTooSmall", "retention: {max_size: 1KiB}",
                "f.yaml:1: retention.max_size: 1KiB is too little; write at least 1MiB"},
        Mistake{"SectionThatIsAWord", "retention: yes", "f.yaml:1: retention: this key is unknown"},
        Mistake{"NoText", "a: \xff\xfe", "f.yaml: this is no text in UTF-8"},
        Mistake{"TwoDocuments", "interfaces: [a]\n---\nports: [25]",
                "f.yaml:3: a second YAML document begins here; write all keys into one"},
        Mistake{"SomethingBehindAMap", "{a: b}, c",  // yaml-cpp would read on for ever
                "f.yaml:1: a second YAML document begins here"},
        Mistake{"NoKeys", "- a\n- b", "f.yaml:1: the file must hold lines of `key: value`"},
        Mistake{"NoYaml", "socket: /s\nports: [25", "f.yaml:"},
        Mistake{"SocketPathTooLong",
                "socket: /a23456789012345678901234567890123456789012345678901234567890123456789012"
                "345678901234567890123456789012345678",
                "f.yaml:1: socket: '/a234"}),
    [](const auto& mistake) { return std::string(mistake.param.name); });

TEST(ExampleFile, IsValidAndShowsEveryKeyWithItsDefault) {
  const Result<Config> config = read_config_file(MXRAY_EXAMPLE_CONFIG, Config{});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(changed_settings(Config{}, *config), ElementsAre("interfaces"));
  std::ostringstream text;
  text << std::ifstream(MXRAY_EXAMPLE_CONFIG).rdbuf();
  for (const std::string_view key : setting_keys()) {
    const std::string name(key.substr(key.rfind('.') + 1));
    EXPECT_THAT(text.str(), HasSubstr(name + ":"));
  }
}

TEST(MissingFile, IsNamed) {
  const Result<Config> config = read_config_file("/nonexistent/m.yaml", Config{});
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, HasSubstr("/nonexistent/m.yaml: No such file"));
}

TEST(ListenAddressText, IsReadAndWrittenBack) {
  for (const std::string text :
       {"127.0.0.1:9725", "[::1]:0", "[fe80::1%eth0]:80", ":9725", "localhost:65535"}) {
    const Result<ListenAddress> address = parse_listen_address(text);
    ASSERT_TRUE(address) << address.error().message;
    EXPECT_EQ(to_string(*address), text);
  }
}

TEST(ListenAddressText, IsRefusedIfItIsAmbiguousOrNone) {
  for (const std::string text : {"", "9725", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80",
                                 "[127.0.0.1]:80", "[::1:80", "a/b:80", "127.0.0.1:80x"}) {
    const Result<ListenAddress> address = parse_listen_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_THAT(address.error().message, HasSubstr("is not ADDRESS:PORT; write e.g.")) << text;
  }
}

TEST(ConfigWithoutInterface, IsRefusedWithTheRemedy) {
  const Status status = check_config(Config{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("--interface IF"));
}

TEST(Interfaces, AreRefusedOnlyIfNoneExists) {
  const auto some = InterfaceChoice::begin({"nowhere0", "lo", "nowhere0"});
  ASSERT_TRUE(some) << some.error().message;
  EXPECT_THAT(some->meant(), ElementsAre("nowhere0", "lo"));
  const auto none = InterfaceChoice::begin({"nowhere0", "nowhere1"});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("no interface nowhere0, nowhere1"));
}

}  // namespace
}  // namespace mxray
