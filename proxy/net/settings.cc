#include "proxy/net/settings.h"

#include <algorithm>
#include <stdexcept>

#include "policy/glob.h"

namespace pgmoat::net {
namespace {

session::ClientTls ToSession(config::ClientTlsMode mode) {
  switch (mode) {
    case config::ClientTlsMode::kAllow:
      return session::ClientTls::kAllow;
    case config::ClientTlsMode::kRequire:
      return session::ClientTls::kRequire;
    case config::ClientTlsMode::kDisable:
      break;
  }
  return session::ClientTls::kDisable;
}

}  // namespace

std::shared_ptr<const Settings> MakeSettings(const config::Config& config) {
  auto settings = std::make_shared<Settings>();
  settings->directory = std::make_shared<const auth::Directory>(config.directory);
  for (const config::Listener& listener : config.listen) {
    try {
      settings->listeners.push_back(
          {listener.address, ToSession(listener.tls.mode), MakeListenerTls(listener.tls)});
    } catch (const std::runtime_error& e) {
      throw std::runtime_error("listener " + listener.address + ": " + e.what());
    }
  }
  for (std::size_t i = 0; i < config.upstreams.size(); ++i) {
    try {
      settings->upstreams.push_back(std::make_shared<const UpstreamSettings>(UpstreamSettings{
          config.upstreams[i], MakeUpstreamTls(config.upstreams[i]), config.tcp}));
    } catch (const std::runtime_error& e) {
      throw std::runtime_error("environment " + config.directory.environments.at(i).name +
                               ": " + e.what());
    }
  }
  settings->limits = config.limits;
  settings->tcp = config.tcp;
  return settings;
}

std::vector<std::shared_ptr<const UpstreamSettings>> ReachableUpstreams(
    const Settings& settings, const std::string& listener) {
  std::vector<std::shared_ptr<const UpstreamSettings>> reachable;
  const auto& environments = settings.directory->environments;
  for (std::size_t i = 0; i < environments.size() && i < settings.upstreams.size(); ++i) {
    const auto& globs = environments[i].match.listeners;
    const auto& candidate = settings.upstreams[i];
    if (!globs.empty() &&
        std::none_of(globs.begin(), globs.end(), [&](const std::string& glob) {
          return policy::GlobMatches(glob, listener);
        })) {
      continue;
    }
    if (std::none_of(reachable.begin(), reachable.end(), [&](const auto& known) {
          return known->upstream == candidate->upstream;
        })) {
      reachable.push_back(candidate);
    }
  }
  return reachable;
}

}  // namespace pgmoat::net
