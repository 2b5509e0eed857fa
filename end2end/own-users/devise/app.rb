# A Rails app with Devise in one file: its own users, Devise's own sign-in, and Devise's session in a cookie.
# Arguments: a port and the URL of an empty database.

require_relative "../rails_app"
require "devise"
require "devise/orm/active_record"

Devise.setup do |config|
  config.mailer_sender = "app@example.org"
  config.secret_key = "a key for tests" * 4
  # fixtures/own-users/peers.ts gives it to Keyback.
  config.pepper = "c0ffee-pepper"
end

class User < ActiveRecord::Base
  devise :database_authenticatable, :recoverable, :rememberable, :lockable
end

class ApplicationController < ActionController::Base
  respond_to :json
end

class PeerController < ApplicationController
  before_action :authenticate_user!, only: :me

  def create_user
    user = User.create!(params.permit(:email, :password))
    render json: { id: user.id }, status: :created
  end

  def me
    render json: { email: current_user.email }
  end
end

# `append` would come after Devise has looked at the routes.
App.routes.prepend do
  devise_for :users, path: "", defaults: { format: :json }
  post "/__test/user", to: "peer#create_user"
  get "/me", to: "peer#me", defaults: { format: :json }
end
App.initialize!

# What `rails generate devise User` writes, with the columns of `:lockable`.
create_tables do
  create_table :users, force: :cascade do |t|
    t.string :email, null: false, default: ""
    t.string :encrypted_password, null: false, default: ""
    t.string :reset_password_token
    t.datetime :reset_password_sent_at
    t.datetime :remember_created_at
    t.integer :failed_attempts, default: 0, null: false
    t.string :unlock_token
    t.datetime :locked_at
    t.timestamps null: false
  end
  add_index :users, :email, unique: true
  add_index :users, :reset_password_token, unique: true
  add_index :users, :unlock_token, unique: true
end

serve
