# What the Rails apps in this folder share: a Rails application in one process, which serves itself.

require "logger"
require "rails"
require "active_record/railtie"
require "action_controller/railtie"
require "rack/handler/webrick"

PORT, URL = ARGV

ENV["RAILS_ENV"] = "production"
ENV["DATABASE_URL"] = URL.sub(/\Asqlite:/, "sqlite3:").sub(/\Amysql:/, "mysql2:")

class App < Rails::Application
  config.load_defaults "#{Rails::VERSION::MAJOR}.#{Rails::VERSION::MINOR}"
  config.root = __dir__
  config.eager_load = false
  config.secret_key_base = "a secret for tests" * 4
  config.log_level = :error
  config.logger = Logger.new($stderr)
  config.session_store :cookie_store, key: "_session"
  config.action_controller.allow_forgery_protection = false
end

def create_tables(&tables)
  ActiveRecord::Schema.verbose = false
  ActiveRecord::Schema.define(&tables)
end

def serve
  quiet = { AccessLog: [], Logger: WEBrick::Log.new($stderr, WEBrick::Log::FATAL) }
  Rack::Handler::WEBrick.run(App, Host: "127.0.0.1", Port: Integer(PORT), **quiet) do |server|
    trap("TERM") { server.shutdown }
    puts "listening"
    $stdout.flush
  end
end
