// What a statement is, read off its parse tree.  No opinion in it: opinions
// are in decision.h.
//
// Facts own their strings; they outlive the parse tree they were read from
// and may be shared between threads once built.
//
// Vocabulary: PostgreSQL documentation, part VI "SQL Commands".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/field_names.h"
#include "policy/operator_set.h"

namespace pgmoat::policy {

// One statement may be of several kinds: `WITH d AS (DELETE …) SELECT …` is a
// read and a delete.  Nested statements contribute theirs.
enum class Kind : std::uint8_t {
  kRead,  // SELECT, VALUES, TABLE
  kInsert,
  kUpdate,
  kDelete,
  kMerge,
  kTruncate,
  kSelectInto,  // SELECT INTO, CREATE TABLE AS, CREATE MATERIALIZED VIEW
  kRowLock,     // FOR UPDATE / SHARE / NO KEY UPDATE / KEY SHARE
  kCreate,
  kAlterAdditive,     // nothing that exists changes: ADD COLUMN, ADD VALUE …
  kAlterChanging,     // what exists behaves otherwise: SET DEFAULT, RENAME, OWNER TO …
  kAlterDestructive,  // data or a protection can be lost: DROP COLUMN, ALTER TYPE …
  kRename,            // ALTER … RENAME, SET SCHEMA: besides being one of the above
  kDrop,
  kPrivilege,       // GRANT, REVOKE, ALTER DEFAULT PRIVILEGES
  kRoleManagement,  // CREATE/ALTER/DROP ROLE, REASSIGN OWNED, DROP OWNED
  kDatabase,        // CREATE/ALTER/DROP DATABASE, TABLESPACE
  kSetting,         // SET, RESET, SET TRANSACTION, set_config with a constant name
  kShow,
  kTransaction,  // BEGIN … ROLLBACK, savepoints
  kTwoPhase,     // PREPARE TRANSACTION, COMMIT/ROLLBACK PREPARED
  kCursor,       // DECLARE, FETCH, MOVE, CLOSE
  kPrepare,
  kExecute,
  kDeallocate,  // DEALLOCATE, DISCARD
  kDo,
  kCall,
  kCopyOut,      // COPY … TO STDOUT
  kCopyIn,       // COPY … FROM STDIN
  kCopyFile,     // COPY to or from a file of the server
  kCopyProgram,  // COPY to or from a program on the server
  kLock,         // LOCK TABLE
  kListen,       // LISTEN, UNLISTEN
  kNotify,
  kMaintenance,    // VACUUM, ANALYZE, CLUSTER, REINDEX, REFRESH MATERIALIZED VIEW
  kReplication,    // publications, subscriptions
  kServerControl,  // CHECKPOINT, LOAD, ALTER SYSTEM
  kExtension,      // CREATE/ALTER EXTENSION (dropping one is kDrop)
  kExplain,        // EXPLAIN without ANALYZE: what is inside is planned, not run
  kExplainAnalyze,
  kComment,        // COMMENT ON, SECURITY LABEL
  kForeignServer,  // foreign data wrappers, servers, user mappings, IMPORT FOREIGN SCHEMA
  kLanguage,       // CREATE LANGUAGE
  kEmpty,          // an empty query string
  kNotUnderstood,  // a node this walk does not know, or an unclear option
  kCount,
};

std::string_view KindName(Kind kind);  // as in the audit trail: "read", "alter_destructive"

class KindSet {
 public:
  constexpr KindSet() = default;
  constexpr KindSet(std::initializer_list<Kind> kinds) {
    for (Kind kind : kinds) Add(kind);
  }
  constexpr void Add(Kind kind) { bits_ |= Bit(kind); }
  constexpr void AddAll(KindSet other) { bits_ |= other.bits_; }
  [[nodiscard]] constexpr bool Has(Kind kind) const { return (bits_ & Bit(kind)) != 0; }
  [[nodiscard]] constexpr bool HasAny(KindSet other) const {
    return (bits_ & other.bits_) != 0;
  }
  [[nodiscard]] constexpr bool HasAll(KindSet other) const {
    return (other.bits_ & ~bits_) == 0;
  }
  [[nodiscard]] constexpr bool Empty() const { return bits_ == 0; }
  // Calls f(Kind) for each member, in enum order.
  template <typename F>
  constexpr void ForEach(F f) const {
    for (unsigned i = 0; i < static_cast<unsigned>(Kind::kCount); ++i) {
      if ((bits_ >> i) & 1U) f(static_cast<Kind>(i));
    }
  }
  friend constexpr bool operator==(KindSet, KindSet) = default;

  // One bit for each kind, by its number; for storing.
  [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }
  static constexpr KindSet FromBits(std::uint64_t bits) {
    KindSet kinds;
    constexpr auto kAll = (std::uint64_t{1} << static_cast<unsigned>(Kind::kCount)) - 1;
    kinds.bits_ = bits & kAll;
    return kinds;
  }

 private:
  static constexpr std::uint64_t Bit(Kind kind) {
    return std::uint64_t{1} << static_cast<unsigned>(kind);
  }
  std::uint64_t bits_ = 0;
};
static_assert(static_cast<unsigned>(Kind::kCount) <= 64);

enum class Access : std::uint8_t { kRead, kWrite, kCreate, kAlter, kDrop, kLock };
std::string_view AccessName(Access access);

struct RelationUse {
  std::string name;  // as written: "users", "public.users"; no case folding beyond the parser's
  Access access = Access::kRead;
  // Where in `name` the schema and the relation's own name begin: a quoted name may have
  // dots in it.  Equal when it is written without schema.
  std::size_t schema_at = 0;
  std::size_t name_at = 0;

  [[nodiscard]] std::string_view Schema() const {
    if (name_at == schema_at) return {};
    return std::string_view(name).substr(schema_at, name_at - schema_at - 1);
  }
  [[nodiscard]] std::string_view OwnName() const {
    return std::string_view(name).substr(name_at);
  }
};

struct FunctionUse {
  std::string schema;  // empty when the name is not qualified
  std::string name;
};

// The target of an explicit cast: x::t, CAST (x AS t), t 'x'.  Of an array type: its
// element's.  What the grammar spells out (int, varchar …) is of schema pg_catalog.
struct TypeUse {
  std::string schema;  // empty when the name is not qualified
  std::string name;
};

// Where a setting is set.
enum class SettingScope : std::uint8_t {
  kSession,
  kTransaction,  // SET LOCAL, set_config(…, true)
  kFunction,     // CREATE/ALTER FUNCTION … SET: while the function runs
  kDefault,      // ALTER ROLE/DATABASE … SET, ALTER SYSTEM: of sessions to come
};
std::string_view SettingScopeName(SettingScope scope);

// SET, RESET, set_config and their kin.
struct SettingChange {
  std::string name;   // folded to lower case, as the server compares them
  std::string value;  // lists joined by ","; empty when is_constant is false or is_default
  // False: set_config(a || b, …), and nobody can tell what it sets: `name` is empty.
  // Or set_config('app.user_id', $1, true): only the value is unknown.
  bool is_constant = true;
  bool is_default = false;  // SET … TO DEFAULT, RESET
  bool is_reset_all = false;
  SettingScope scope = SettingScope::kSession;
};

// FOR UPDATE and its kin, the weakest first.
enum class RowLock : std::uint8_t { kNone, kKeyShare, kShare, kNoKeyUpdate, kUpdate };
std::string_view RowLockName(RowLock lock);  // "FOR UPDATE"; empty for kNone

// The far end of a COPY.
enum class CopyTarget : std::uint8_t { kNone, kClient, kFile, kProgram };
std::string_view CopyTargetName(CopyTarget target);

struct StatementFacts {
  std::string_view Tag() const { return tag; }

  KindSet kinds;
  // Kinds under EXPLAIN without ANALYZE.  They are planned, not run.
  KindSet planned_kinds;
  std::vector<RelationUse> relations;
  std::vector<FunctionUse> functions;
  FieldNames fields;
  OperatorSet operators;
  std::vector<TypeUse> casts;
  std::vector<SettingChange> settings;

  // True while every UPDATE, DELETE and MERGE in the statement has a WHERE
  // (or join) that can exclude a row.
  bool effective_where = true;
  // Which of kUpdate, kDelete, kMerge made effective_where false.
  KindSet unfiltered;
  // The strongest one.
  RowLock row_lock = RowLock::kNone;
  CopyTarget copy_target = CopyTarget::kNone;
  bool copy_from = false;  // COPY … FROM: into the table

  // BEGIN, START TRANSACTION, COMMIT or ROLLBACK AND CHAIN.
  bool begins_transaction = false;
  bool rolls_back_to_savepoint = false;
  // BEGIN/START/SET TRANSACTION/SET SESSION CHARACTERISTICS … READ WRITE, or READ ONLY.
  bool asks_read_write = false;
  bool asks_read_only = false;
  // LOCK TABLE in a mode above ACCESS SHARE.
  bool strong_lock = false;

  // --- what a definition (CREATE, ALTER, DROP) says of its object ---
  bool temporary = false;  // any object that it creates is temporary
  bool unlogged = false;
  bool on_commit_drop = false;
  // A table gets a parent, with which it may be dropped, or leaves it: INHERITS, PARTITION
  // OF, ATTACH PARTITION, DETACH PARTITION.
  bool joins_parent = false;
  bool cascade = false;
  bool concurrently = false;
  bool if_exists = false;
  bool if_not_exists = false;
  bool or_replace = false;
  // Others know the object, or a part of it, by another name from now on: RENAME, SET
  // SCHEMA.
  bool renames = false;
  bool retypes = false;  // ALTER COLUMN or ATTRIBUTE … TYPE
  // DROP or ALTER of what holds data or may take data along; TRUNCATE.  False for
  // functions, views, indexes, triggers, policies … that go alone.
  bool loses_data = false;
  // A trigger, rule, policy, constraint or unique index that guarded data goes or
  // sleeps, or may.
  bool loses_protection = false;
  bool security_definer = false;
  // Of CREATE FUNCTION or PROCEDURE, and DO, as written; empty where it is not said.
  std::string language;
  std::vector<std::string> extensions;  // that it creates, alters or drops

  // Temporary tables, views and sequences that it creates, as written: "t", "pg_temp.t".
  // A DROP, TRUNCATE, ALTER or CREATE INDEX lists all its targets in `relations`.
  std::vector<std::string> creates_temporary;

  bool deallocates_all = false;  // DEALLOCATE ALL, DISCARD ALL

  // PREPARE name / EXECUTE name / DEALLOCATE name / DECLARE name / FETCH or MOVE name /
  // CLOSE name.
  std::string prepares;
  std::vector<std::string> executes;
  std::string deallocates;
  std::string declares_cursor;
  bool holds_cursor = false;  // WITH HOLD: it outlives its transaction
  std::string fetches;
  std::string closes_cursor;
  bool closes_all_cursors = false;

  // Where the statement stands in the text: bytes.
  std::size_t offset = 0;
  std::size_t length = 0;
  // What it does, in SQL's words, for errors: "DELETE", "DROP TABLE".  Static storage.
  std::string_view tag = "statement";
};

// The name is of a temporary relation whatever is in the search path: "pg_temp.t".
bool IsInTemporarySchema(std::string_view relation);

// How reading a text ended.
enum class TextStatus : std::uint8_t {
  kUnderstood,
  kSyntaxError,      // libpg_query refuses it, or it has a node we do not know
  kTooDeep,          // nested past kMaxDepth, or the parser ran out of memory for nesting
  kInvalidEncoding,  // not UTF-8
};

// Facts of one protocol text (the string of a Query or Parse message), which
// may hold several statements or none.
struct TextFacts {
  TextStatus status = TextStatus::kUnderstood;
  std::vector<StatementFacts> statements;

  void Clear() {
    status = TextStatus::kUnderstood;
    statements.clear();
  }
};

}  // namespace pgmoat::policy
