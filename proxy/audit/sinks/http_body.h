// What a batch of lines looks like in the body of a POST.
//
// kJsonLines  the lines as they are
// kJsonArray  [line,line,…]
// kOtlp       OTLP/HTTP in JSON: resourceLogs > scopeLogs > logRecords.  The line is the
//             body, as a string; what one filters by is an attribute "pgmoat.…"
// kLoki       Loki's push: streams by environment, role and event; a value is [ns, line]
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/audit/sinks/sink_options.h"

namespace pgmoat::audit {

using HttpLabels = std::vector<std::pair<std::string, std::string>>;

// `labels`: Loki's of each stream (default {job="pgmoat"}), OTLP's of the resource (default
// service.name=pgmoat).  Not used otherwise.
[[nodiscard]] std::string HttpBody(HttpSinkOptions::Format format, std::string_view lines,
                                   const HttpLabels& labels);

[[nodiscard]] const char* HttpContentType(HttpSinkOptions::Format format);

// How many records an OTLP answer says were rejected, with its reason; empty for none.
[[nodiscard]] std::string OtlpRejection(std::string_view answer);

[[nodiscard]] std::string Gzip(std::string_view bytes);

}  // namespace pgmoat::audit
