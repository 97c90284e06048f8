#include "policy/object_names.h"

namespace pgmoat::policy {

// A macro, because only the preprocessor joins literals.
#define PGMOAT_TAGS(NAME) \
  ObjectTags { "CREATE " NAME, "ALTER " NAME, "DROP " NAME }

ObjectTags TagsOf(ObjectType type) {
  switch (type) {
    case OBJECT_ACCESS_METHOD:
      return PGMOAT_TAGS("ACCESS METHOD");
    case OBJECT_AGGREGATE:
      return PGMOAT_TAGS("AGGREGATE");
    case OBJECT_ATTRIBUTE:
      return PGMOAT_TAGS("TYPE");
    case OBJECT_CAST:
      return PGMOAT_TAGS("CAST");
    case OBJECT_COLLATION:
      return PGMOAT_TAGS("COLLATION");
    case OBJECT_COLUMN:
      return PGMOAT_TAGS("TABLE");
    case OBJECT_CONVERSION:
      return PGMOAT_TAGS("CONVERSION");
    case OBJECT_DATABASE:
      return PGMOAT_TAGS("DATABASE");
    case OBJECT_DOMAIN:
      return PGMOAT_TAGS("DOMAIN");
    case OBJECT_DOMCONSTRAINT:
      return PGMOAT_TAGS("DOMAIN");
    case OBJECT_EVENT_TRIGGER:
      return PGMOAT_TAGS("EVENT TRIGGER");
    case OBJECT_EXTENSION:
      return PGMOAT_TAGS("EXTENSION");
    case OBJECT_FDW:
      return PGMOAT_TAGS("FOREIGN DATA WRAPPER");
    case OBJECT_FOREIGN_SERVER:
      return PGMOAT_TAGS("SERVER");
    case OBJECT_FOREIGN_TABLE:
      return PGMOAT_TAGS("FOREIGN TABLE");
    case OBJECT_FUNCTION:
      return PGMOAT_TAGS("FUNCTION");
    case OBJECT_INDEX:
      return PGMOAT_TAGS("INDEX");
    case OBJECT_LANGUAGE:
      return PGMOAT_TAGS("LANGUAGE");
    case OBJECT_LARGEOBJECT:
      return PGMOAT_TAGS("LARGE OBJECT");
    case OBJECT_MATVIEW:
      return PGMOAT_TAGS("MATERIALIZED VIEW");
    case OBJECT_OPCLASS:
      return PGMOAT_TAGS("OPERATOR CLASS");
    case OBJECT_OPERATOR:
      return PGMOAT_TAGS("OPERATOR");
    case OBJECT_OPFAMILY:
      return PGMOAT_TAGS("OPERATOR FAMILY");
    case OBJECT_POLICY:
      return PGMOAT_TAGS("POLICY");
    case OBJECT_PROCEDURE:
      return PGMOAT_TAGS("PROCEDURE");
    case OBJECT_PUBLICATION:
      return PGMOAT_TAGS("PUBLICATION");
    case OBJECT_ROLE:
      return PGMOAT_TAGS("ROLE");
    case OBJECT_ROUTINE:
      return PGMOAT_TAGS("ROUTINE");
    case OBJECT_RULE:
      return PGMOAT_TAGS("RULE");
    case OBJECT_SCHEMA:
      return PGMOAT_TAGS("SCHEMA");
    case OBJECT_SEQUENCE:
      return PGMOAT_TAGS("SEQUENCE");
    case OBJECT_STATISTIC_EXT:
      return PGMOAT_TAGS("STATISTICS");
    case OBJECT_SUBSCRIPTION:
      return PGMOAT_TAGS("SUBSCRIPTION");
    case OBJECT_TABCONSTRAINT:
      return PGMOAT_TAGS("TABLE");
    case OBJECT_TABLE:
      return PGMOAT_TAGS("TABLE");
    case OBJECT_TABLESPACE:
      return PGMOAT_TAGS("TABLESPACE");
    case OBJECT_TRANSFORM:
      return PGMOAT_TAGS("TRANSFORM");
    case OBJECT_TRIGGER:
      return PGMOAT_TAGS("TRIGGER");
    case OBJECT_TSCONFIGURATION:
      return PGMOAT_TAGS("TEXT SEARCH CONFIGURATION");
    case OBJECT_TSDICTIONARY:
      return PGMOAT_TAGS("TEXT SEARCH DICTIONARY");
    case OBJECT_TSPARSER:
      return PGMOAT_TAGS("TEXT SEARCH PARSER");
    case OBJECT_TSTEMPLATE:
      return PGMOAT_TAGS("TEXT SEARCH TEMPLATE");
    case OBJECT_TYPE:
      return PGMOAT_TAGS("TYPE");
    case OBJECT_USER_MAPPING:
      return PGMOAT_TAGS("USER MAPPING");
    case OBJECT_VIEW:
      return PGMOAT_TAGS("VIEW");
    default:
      return {};
  }
}

#undef PGMOAT_TAGS

}  // namespace pgmoat::policy
