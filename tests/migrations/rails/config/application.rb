# The smallest application that has rake's db tasks.  The place comes from libpq's environment variables.
require 'rails'
require 'active_record/railtie'

module Library
  class Application < Rails::Application
    config.root = File.expand_path('..', __dir__)
    config.paths['config/database'] = 'config/database.yml'
    config.paths['tmp'] = ENV.fetch('RAILS_TMP')
    config.paths['log'] = File.join(ENV.fetch('RAILS_TMP'), 'production.log')
    config.eager_load = false
    config.secret_key_base = 'of a test'
    config.active_record.dump_schema_after_migration = false
  end
end
