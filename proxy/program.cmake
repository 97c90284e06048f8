# The program: the command line and the wiring; the only target that knows every box.
if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/cli.cc)
  return()
endif()
add_executable(pgmoat main.cc run.cc logging.cc)
foreach(source audit_commands.cc audit_verb.cc cli.cc explain.cc explain_verb.cc lint_approvals.cc
    lint_verb.cc migrations_commands.cc migrations_rehearse_verb.cc migrations_status_verb.cc
    migrations_verb.cc role_choice.cc)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${source})
    target_sources(pgmoat PRIVATE ${source})
  endif()
endforeach()
target_include_directories(pgmoat PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_definitions(pgmoat PRIVATE PGMOAT_VERSION="${PROJECT_VERSION}")
target_link_libraries(pgmoat PRIVATE
  pgmoat_net pgmoat_session pgmoat_auth pgmoat_audit pgmoat_audit_reading pgmoat_admin pgmoat_config
  pgmoat_lint pgmoat_migrations pgmoat_migrations_database pgmoat_signing
  pgmoat_policy pgmoat_protocol spdlog::spdlog CLI11::CLI11 nlohmann_json::nlohmann_json)
set_target_properties(pgmoat PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
