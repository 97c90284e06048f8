#include "proxy/auth/application_name.h"

#include <algorithm>

namespace pgmoat::auth {
namespace {

constexpr std::size_t kMostBytes = 63;
constexpr std::string_view kName = "{name}";

std::string Printable(std::string_view text) {
  std::string printable(text);
  std::replace_if(
      printable.begin(), printable.end(), [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return printable;
}

std::string Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

void Replace(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
}

}  // namespace

std::string WhyNoApplicationName(std::string_view format) {
  const std::size_t name = format.find(kName);
  if (name == std::string_view::npos ||
      format.find(kName, name + 1) != std::string_view::npos) {
    return "{name} must stand in it once";
  }
  if (Printable(format) != format) return "it has a character that is not printable ASCII";
  std::string rest(format);
  for (const std::string_view known :
       {kName, std::string_view("{login}"), std::string_view("{address}"),
        std::string_view("{environment}")}) {
    Replace(rest, known, "");
  }
  if (rest.find_first_of("{}") != std::string::npos) {
    return "it has braces around something else than name, login, address or environment";
  }
  return "";
}

std::string AsServerHasName(std::string_view name) {
  return Printable(name.substr(0, kMostBytes));
}

ApplicationName::ApplicationName(std::string_view format, std::string_view login,
                                 std::string_view address, std::string_view environment) {
  const std::size_t name = format.find(kName);
  if (name == std::string_view::npos) return;
  on_ = true;
  // Before anything is put in: a login may be called "{address}".
  const auto fill = [&](std::string_view part) {
    std::string filled;
    while (!part.empty()) {
      const auto take = [&](std::string_view placeholder, std::string_view value) {
        if (!part.starts_with(placeholder)) return false;
        filled += value;
        part.remove_prefix(placeholder.size());
        return true;
      };
      if (take("{login}", login) || take("{address}", address) ||
          take("{environment}", environment)) {
        continue;
      }
      filled += part.front();
      part.remove_prefix(1);
    }
    return Printable(filled);
  };
  before_ = fill(format.substr(0, name)).substr(0, kMostBytes);
  behind_ = fill(format.substr(name + kName.size())).substr(0, kMostBytes - before_.size());
  alone_ = Trimmed(before_ + behind_);
}

std::string ApplicationName::Decorate(std::string_view name) const {
  if (!on_) return std::string(name);
  if (name.empty()) return alone_;
  const std::size_t room = kMostBytes - before_.size() - behind_.size();
  return before_ + Printable(name.substr(0, room)) + behind_;
}

std::optional<std::string_view> ApplicationName::Strip(std::string_view reported) const {
  if (!on_) return reported;
  if (reported == alone_) return std::string_view();
  if (reported.size() < before_.size() + behind_.size() || !reported.starts_with(before_) ||
      !reported.ends_with(behind_)) {
    return std::nullopt;
  }
  reported.remove_prefix(before_.size());
  reported.remove_suffix(behind_.size());
  return reported;
}

std::string_view WithoutPort(std::string_view address) {
  if (address.starts_with('[')) {
    const std::size_t close = address.find(']');
    const std::string_view inside = address.substr(1, close - 1);
    return inside == "local" ? address.substr(0, close + 1) : inside;
  }
  return address.substr(0, address.rfind(':'));
}

}  // namespace pgmoat::auth
