// Parameters on their way into the audit trail, for roles that have them on record.
#include <algorithm>
#include <utility>

#include "proxy/session/session_impl.h"

namespace pgmoat::session {

// Values that a Bind gives its portal; the Executes of it show them.
void SessionImpl::KeepParameters(std::string_view portal, Bytes bind) {
  if (rules_->audit.parameters == policy::RecordedParameters::kNone) {
    return ForgetParameters(portal);
  }
  auto kept = OnRecord(protocol::BindParameters(bind, kMaxAuditedParameters));
  if (!kept) return ForgetParameters(portal);
  parameters_.insert_or_assign(std::string(portal), std::move(kept));
}

void SessionImpl::ForgetParameters(std::string_view portal) {
  if (parameters_.empty()) return;
  if (const auto found = parameters_.find(portal); found != parameters_.end()) {
    parameters_.erase(found);
  }
}

std::shared_ptr<const AuditedParameters> SessionImpl::ParametersOf(std::string_view portal,
                                                                   const Texts& texts) const {
  // A reload may have asked for less since the Bind.
  if (parameters_.empty() || rules_->audit.parameters == policy::RecordedParameters::kNone) {
    return nullptr;
  }
  const auto found = parameters_.find(portal);
  if (found == parameters_.end()) return nullptr;
  const bool secret = std::any_of(texts.begin(), texts.end(),
                                  [](const auto& text) { return text->MayHoldSecrets(); });
  if (rules_->audit.parameters == policy::RecordedParameters::kFull && !secret) {
    return found->second;
  }
  auto redacted = std::make_shared<AuditedParameters>(*found->second);
  for (AuditedParameter& parameter : *redacted) {
    const bool shows = parameter.form == AuditedParameter::Form::kText ||
                       parameter.form == AuditedParameter::Form::kBinary;
    if (!shows) continue;
    parameter.form = AuditedParameter::Form::kWithheld;
    parameter.value.clear();
  }
  return redacted;
}

// All values of a message together take at most max_audited_bytes, as its text does.
std::shared_ptr<const AuditedParameters> SessionImpl::OnRecord(
    const std::vector<protocol::ParameterValue>& values) const {
  using Form = AuditedParameter::Form;
  if (values.empty()) return nullptr;
  const bool full = rules_->audit.parameters == policy::RecordedParameters::kFull;
  std::size_t room = options_.max_audited_bytes;
  auto audited = std::make_shared<AuditedParameters>();
  audited->reserve(values.size());
  for (const protocol::ParameterValue& value : values) {
    AuditedParameter& parameter = audited->emplace_back();
    parameter.full_bytes = value.full_bytes;
    if (value.unseen) {
      parameter.form = Form::kUnseen;
    } else if (value.null) {
      parameter.form = Form::kNull;
    } else if (!full) {
      parameter.form = Form::kWithheld;
    } else {
      parameter.form = value.binary ? Form::kBinary : Form::kText;
      parameter.value = value.value.substr(0, room);
      room -= parameter.value.size();
    }
  }
  return audited;
}

}  // namespace pgmoat::session
