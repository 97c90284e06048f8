# The sinks that speak through a library of their own.
find_package(CURL REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET GLOBAL rdkafka)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET GLOBAL libpq)
add_library(
  pgmoat_audit_remote_sinks STATIC
  ${CMAKE_CURRENT_LIST_DIR}/http_body.cc
  ${CMAKE_CURRENT_LIST_DIR}/http_sink.cc
  ${CMAKE_CURRENT_LIST_DIR}/kafka_properties.cc
  ${CMAKE_CURRENT_LIST_DIR}/kafka_sink.cc
  ${CMAKE_CURRENT_LIST_DIR}/postgres_connection.cc
  ${CMAKE_CURRENT_LIST_DIR}/postgres_rows.cc
  ${CMAKE_CURRENT_LIST_DIR}/postgres_sink.cc
  ${CMAKE_CURRENT_LIST_DIR}/remote_line.cc
  ${CMAKE_CURRENT_LIST_DIR}/remote_secret.cc)
target_include_directories(pgmoat_audit_remote_sinks PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(
  pgmoat_audit_remote_sinks
  PRIVATE CURL::libcurl PkgConfig::LIBPQ PkgConfig::RDKAFKA ZLIB::ZLIB
          nlohmann_json::nlohmann_json Threads::Threads)
if(TARGET pgmoat_audit_sinks)
  target_link_libraries(pgmoat_audit_sinks PRIVATE pgmoat_audit_remote_sinks)
endif()
