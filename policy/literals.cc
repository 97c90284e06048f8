#include "policy/literals.h"

#include <algorithm>
#include <string_view>

#include "policy/constants.h"
#include "policy/parser.h"
#include "policy/redaction.h"
#include "policy/secrets.h"
#include "policy/statement_parts.h"

namespace pgmoat::policy {

namespace {

// What the constants below a node are.
struct Context {
  bool typmod = false;       // varchar(10)
  bool position = false;     // ORDER BY 1: likewise
  bool quoted = false;       // DATE '…': likewise
  bool setting = false;      // the value of SET
  bool own_setting = false;  // of SET app.user: anything may be data there
  bool secret_setting = false;
  bool secret_string = false;  // an argument of dblink
};

struct Step {
  const void* node;
  int next;  // of a List: the item to visit next
  int depth;
  Context context;
};

// Of scratch space; what a long text took is given back.
constexpr std::size_t kKeptSteps = 4'096;

class Search {
 public:
  // `steps` is scratch space.
  Search(std::vector<Place>& places, std::vector<Step>& steps)
      : places_(places), steps_(steps) {
    steps_.clear();
  }

  PlacesResult Run(const List* statements) {
    Push(statements, {});
    while (!steps_.empty()) {
      Step& top = steps_.back();
      depth_ = top.depth;
      const void* node = top.node;
      const Context context = top.context;
      if (Tag(node) == T_List) {
        const List* list = As<List>(node);
        node = nullptr;
        while (node == nullptr && top.next < list->length) {
          node = Item(list, top.next++);
          if (node != nullptr && SaysNothing(node)) node = nullptr;
        }
        if (top.next >= list->length) steps_.pop_back();
        if (node == nullptr) continue;
        if (Tag(node) == T_List) {
          Push(node, context);
          continue;
        }
      } else {
        steps_.pop_back();
      }
      if (++depth_ > kMaxDepth) return PlacesResult::kTooDeep;
      if (!Visit(As<Node>(node), context)) return PlacesResult::kNotUnderstood;
    }
    EndStatement();
    return PlacesResult::kDone;
  }

 private:
  static bool SaysNothing(const void* node) {
    const NodeTag tag = Tag(node);
    return tag == T_ColumnRef || tag == T_String || tag == T_ParamRef || tag == T_RangeVar;
  }

  void Push(const void* node, Context context) {
    if (node == nullptr || SaysNothing(node)) return;
    if (Tag(node) == T_A_Const) {
      AddConstant(As<A_Const>(node), context);
    } else {
      steps_.push_back({node, 0, depth_, context});
    }
  }

  void Add(int location, Treatment treatment) {
    if (location >= 0) places_.push_back({static_cast<std::size_t>(location), treatment});
  }

  // False: a node that nobody knows.
  bool Visit(const Node* node, Context context) {
    switch (Tag(node)) {
      case T_A_Const:
        AddConstant(As<A_Const>(node), context);
        return true;
      case T_GroupingSet:
        return PushParts(node, context);
      default:
        context.typmod = false;
        context.position = false;
        context.quoted = false;
    }
    switch (Tag(node)) {
      case T_RawStmt:
        EndStatement();  // the one before
        statement_at_ = As<RawStmt>(node)->stmt_location;
        return PushParts(node, context);
      case T_TypeCast:
        VisitCast(As<TypeCast>(node), context);
        return true;
      case T_TypeName:
        context.typmod = true;
        return PushParts(node, context);
      case T_SortBy:
        context.position = true;
        return PushParts(node, context);
      case T_CTECycleClause:
        context.quoted = true;  // CYCLE … SET x TO 'Y' DEFAULT 'N'
        return PushParts(node, context);
      case T_SelectStmt:
        return VisitSelect(As<SelectStmt>(node), context);
      case T_FuncCall:
        return VisitCall(As<FuncCall>(node), context);
      case T_VariableSetStmt:
        VisitSet(As<VariableSetStmt>(node));
        return true;
      case T_ExecuteStmt:
        connects_ = true;
        return PushParts(node, context);
      default:
        FindSecrets(node);
        return PushParts(node, context);
    }
  }

  bool PushParts(const Node* node, Context context) {
    Children parts;
    if (!PartsOf(node, parts)) return false;
    for (int i = 0; i < parts.size(); ++i) Push(parts[i], context);
    return true;
  }

  void AddConstant(const A_Const* constant, Context context) {
    if (constant->isnull) return;
    const auto [type, _, text] = ConstantOf(As<Node>(constant));
    const bool number = type == Constant::Type::kInteger || type == Constant::Type::kFloat;
    const bool integer = type == Constant::Type::kInteger;
    const bool connection = type == Constant::Type::kString && IsConnectionString(text);
    Treatment treatment = Treatment::kParameter;
    if ((number && context.typmod) || (integer && context.position)) {
      treatment = Treatment::kKeep;
    } else if (context.secret_setting) {
      treatment = Treatment::kHide;
    } else if (context.own_setting) {
      treatment = Treatment::kHideLiteral;
    } else if (context.secret_string) {
      treatment = Treatment::kHideString;
    } else if (number && context.setting) {
      treatment = Treatment::kKeep;
    } else if (context.quoted || context.setting || context.typmod) {
      treatment = Treatment::kQuoted;
    }
    if (connection && constant->location >= 0) connections_.push_back(places_.size());
    Add(constant->location, treatment);
  }

  // Where a statement connects, or runs what may, a connection string is a secret wherever it
  // stands in it.
  void EndStatement() {
    for (const std::size_t at : connections_) {
      Treatment& treatment = places_[at].treatment;
      if (connects_ && treatment != Treatment::kHide) treatment = Treatment::kHideString;
    }
    connections_.clear();
    connects_ = false;
  }

  // DATE '…' and its kin have no place of their own; CAST (x AS t) and x::t have.
  void VisitCast(const TypeCast* cast, Context context) {
    Push(cast->typeName, context);
    context.quoted =
        cast->location < 0 && ConstantOf(cast->arg).type == Constant::Type::kString;
    Push(cast->arg, context);
  }

  bool VisitSelect(const SelectStmt* select, Context context) {
    Context position = context;
    position.position = true;
    Children parts;
    if (!PartsOf(As<Node>(select), parts)) return false;
    for (int i = 0; i < parts.size(); ++i) {
      const bool by_position =
          parts[i] == select->groupClause || parts[i] == select->distinctClause;
      Push(parts[i], by_position ? position : context);
    }
    return true;
  }

  bool VisitCall(const FuncCall* call, Context context) {
    const std::string_view name = LastName(call->funcname);
    if (name == "set_config") {
      VisitSetConfig(call, context);
      return true;
    }
    if (IsSecretFunction(name)) context.secret_string = connects_ = true;
    if (call->funcformat == COERCE_SQL_SYNTAX && name == "extract" && Length(call->args) > 0) {
      // EXTRACT ('year' FROM …)
      Context field = context;
      field.quoted = true;
      Push(Item(call->args, 0), field);
      for (int i = 1; i < Length(call->args); ++i) Push(Item(call->args, i), context);
      return true;
    }
    return PushParts(As<Node>(call), context);
  }

  void VisitSetConfig(const FuncCall* call, Context context) {
    const Constant name =
        Length(call->args) > 0 ? PlainConstant(Item(call->args, 0)) : Constant{};
    const bool secret = name.type != Constant::Type::kString || IsSecretSetting(name.text);
    // Of a name that nobody can tell, arguments may come in another order, too.  A bit string
    // is no name, and stands where one does.
    const bool in_order =
        name.type == Constant::Type::kString || name.type == Constant::Type::kBitString;
    for (int i = 0; i < Length(call->args); ++i) {
      Context argument = context;
      argument.secret_string |= secret && (i > 0 || !in_order);
      Push(Item(call->args, i), argument);
    }
    Push(call->agg_order, context);
    Push(call->agg_filter, context);
    Push(call->over, context);
  }

  void VisitSet(const VariableSetStmt* set) {
    const std::string_view name = View(set->name);
    Context context;
    context.setting = true;
    context.own_setting = name.find('.') != std::string_view::npos;
    context.secret_setting = IsSecretSetting(name);
    Push(set->args, context);
  }

  void AddNextString(const DefElem* option) { Add(option->location, Treatment::kNextString); }

  void AddOptions(const List* options) {
    for (int i = 0; i < Length(options); ++i) {
      const auto* option = As<DefElem>(Item(options, i));
      if (option->arg != nullptr) AddNextString(option);
    }
  }

  void AddOption(const List* options, std::string_view name) {
    for (int i = 0; i < Length(options); ++i) {
      const auto* option = As<DefElem>(Item(options, i));
      if (View(option->defname) == name && option->arg != nullptr) AddNextString(option);
    }
  }

  // The body of DO, CREATE FUNCTION and CREATE PROCEDURE: DefElem "as".
  void AddBody(const List* options) {
    for (int i = 0; i < Length(options); ++i) {
      const auto* option = As<DefElem>(Item(options, i));
      if (View(option->defname) != "as" || option->arg == nullptr) continue;
      if (Tag(option->arg) == T_String) {
        if (MentionsSecrets(StringOf(option->arg))) AddNextString(option);
        continue;
      }
      const List* bodies = As<List>(option->arg);
      bool secret = false;
      for (int j = 0; j < Length(bodies); ++j) {
        secret |= MentionsSecrets(StringOf(Item(bodies, j)));
      }
      for (int j = 0; secret && j < Length(bodies); ++j) AddNextString(option);
    }
  }

  // Secrets outside of expressions.
  void FindSecrets(const Node* node) {
    switch (Tag(node)) {
      case T_CreateRoleStmt:
        return AddOption(As<CreateRoleStmt>(node)->options, "password");
      case T_AlterRoleStmt:
        return AddOption(As<AlterRoleStmt>(node)->options, "password");
      case T_CreateFdwStmt:
        return AddOptions(As<CreateFdwStmt>(node)->options);
      case T_AlterFdwStmt:
        return AddOptions(As<AlterFdwStmt>(node)->options);
      case T_CreateForeignServerStmt:
        return AddOptions(As<CreateForeignServerStmt>(node)->options);
      case T_AlterForeignServerStmt:
        return AddOptions(As<AlterForeignServerStmt>(node)->options);
      case T_CreateUserMappingStmt:
        return AddOptions(As<CreateUserMappingStmt>(node)->options);
      case T_AlterUserMappingStmt:
        return AddOptions(As<AlterUserMappingStmt>(node)->options);
      case T_ImportForeignSchemaStmt:
        return AddOptions(As<ImportForeignSchemaStmt>(node)->options);
      case T_CreateForeignTableStmt:
        return AddOptions(As<CreateForeignTableStmt>(node)->options);
      case T_ColumnDef:
        return AddOptions(As<ColumnDef>(node)->fdwoptions);
      case T_AlterTableCmd: {
        const auto* command = As<AlterTableCmd>(node);
        const bool options = command->subtype == AT_GenericOptions ||
                             command->subtype == AT_AlterColumnGenericOptions;
        if (options) AddOptions(As<List>(command->def));
        return;
      }
      // CONNECTION is the first string in them.
      case T_CreateSubscriptionStmt:
        return Add(statement_at_, Treatment::kNextString);
      case T_AlterSubscriptionStmt:
        if (As<AlterSubscriptionStmt>(node)->kind == ALTER_SUBSCRIPTION_CONNECTION) {
          Add(statement_at_, Treatment::kNextString);
        }
        return;
      case T_DoStmt:
        return AddBody(As<DoStmt>(node)->args);
      case T_CreateFunctionStmt:
        return AddBody(As<CreateFunctionStmt>(node)->options);
      default:
        return;
    }
  }

  std::vector<Place>& places_;
  std::vector<Step>& steps_;
  int depth_ = 0;
  int statement_at_ = 0;  // of the RawStmt that is being read
  bool connects_ = false;
  std::vector<std::size_t> connections_;  // strings of its, in places_
};

}  // namespace

PlacesResult FindPlaces(const RawTree& tree, std::vector<Place>& places) {
  places.clear();
  if (tree.statements() == nullptr) return PlacesResult::kDone;
  thread_local std::vector<Step> steps;
  const PlacesResult result = Search(places, steps).Run(tree.statements());
  if (steps.capacity() > kKeptSteps) std::vector<Step>().swap(steps);
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return a.at < b.at; });
  return result;
}

}  // namespace pgmoat::policy
