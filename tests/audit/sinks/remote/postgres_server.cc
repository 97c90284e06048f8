#include "tests/audit/sinks/remote/postgres_server.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/audit/sinks/remote/lines.h"

namespace pgmoat::audit {
namespace {

std::string BinDirectory() {
  const char* directory = std::getenv("PGMOAT_TEST_PG_BINDIR");
  return directory != nullptr ? directory : "/usr/lib/postgresql/15/bin";
}

bool IsRoot() { return ::geteuid() == 0; }

}  // namespace

PostgresServer::PostgresServer() : data_(scratch_.path() / "data") {
  std::filesystem::permissions(scratch_.path(), std::filesystem::perms{0755});
  std::filesystem::create_directory(data_);
  if (IsRoot()) {
    const passwd* account = ::getpwnam("postgres");
    if (account == nullptr) throw std::runtime_error("no user postgres");
    for (const auto& path : {scratch_.path(), data_}) {
      if (::chown(path.c_str(), account->pw_uid, account->pw_gid) != 0) {
        throw std::runtime_error("chown " + path.string());
      }
    }
  }
  Run("initdb -D " + data_.string() +
      " -U postgres -E UTF8 --locale=C.UTF-8 --no-sync -A trust >/dev/null");
  std::ofstream(data_ / "pg_hba.conf")
      << "local all audit scram-sha-256\nlocal all all trust\n";
  // fsync=off: an immediate stop is not a crash of the machine, so commits are kept.
  std::ofstream(data_ / "postgresql.auto.conf", std::ios::app)
      << "listen_addresses = ''\nfsync = off\nautovacuum = off\nlogging_collector = off\n"
      << "unix_socket_directories = '" << scratch_.path().string() << "'\n";
  Start();
  (void)Rows("CREATE DATABASE audit", "postgres");
  (void)Rows("CREATE ROLE audit LOGIN PASSWORD 'open-sesame'");
  (void)Rows("GRANT ALL ON SCHEMA public TO audit");
}

PostgresServer::~PostgresServer() {
  if (postmaster_ > 0) Break();
}

void PostgresServer::Start() {
  const std::string program = BinDirectory() + "/postgres";
  const std::string log = (scratch_.path() / "server.log").string();
  postmaster_ = ::fork();
  if (postmaster_ == 0) {
    const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    // It ends with this process, however that ends.
    if (IsRoot()) {
      ::execlp("setpriv", "setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups",
               "--pdeathsig=QUIT", program.c_str(), "-D", data_.c_str(), nullptr);
    } else {
      ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
      ::execl(program.c_str(), program.c_str(), "-D", data_.c_str(), nullptr);
    }
    ::_exit(127);
  }
  const std::string url = Url("postgres", "postgres");
  if (!Until([&] { return PQping(url.c_str()) == PQPING_OK; })) {
    throw std::runtime_error("PostgreSQL does not start");
  }
}

void PostgresServer::Break() {
  ::kill(postmaster_, SIGQUIT);
  ::waitpid(postmaster_, nullptr, 0);
  postmaster_ = -1;
}

void PostgresServer::SignalSessions(int signal) {
  const std::string me = "pid <> pg_backend_pid() AND ";
  for (const std::string& pid : Rows("SELECT pid FROM pg_stat_activity WHERE " + me +
                                     "backend_type = 'client backend'")) {
    ::kill(std::stoi(pid), signal);
  }
}

std::string PostgresServer::Url(const std::string& user, const std::string& database) const {
  return "postgresql://" + user + "@/" + database + "?host=" + scratch_.path().string();
}

std::vector<std::string> PostgresServer::Rows(const std::string& sql,
                                              const std::string& database) {
  PGconn* connection = PQconnectdb(Url("postgres", database).c_str());
  PGresult* result = PQexec(connection, sql.c_str());
  const ExecStatusType status = PQresultStatus(result);
  const std::string problem = PQerrorMessage(connection);
  std::vector<std::string> rows;
  for (int row = 0; row < PQntuples(result); ++row) {
    std::string text;
    for (int column = 0; column < PQnfields(result); ++column) {
      text += (column > 0 ? "|" : "") + std::string(PQgetvalue(result, row, column));
    }
    rows.push_back(text);
  }
  PQclear(result);
  PQfinish(connection);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    throw std::runtime_error(sql + ": " + problem);
  }
  return rows;
}

std::string PostgresServer::Value(const std::string& sql, const std::string& database) {
  return Rows(sql, database).at(0);
}

void PostgresServer::Run(const std::string& command) const {
  const std::string line =
      std::string("cd / && ") +
      (IsRoot() ? "setpriv --reuid=postgres --regid=postgres --init-groups " : "") +
      BinDirectory() + "/" + command;
  if (std::system(line.c_str()) != 0) throw std::runtime_error(line);
}

}  // namespace pgmoat::audit
