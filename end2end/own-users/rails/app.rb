# A Rails app in one file with what `rails generate authentication` of Rails 8 writes: `has_secure_password`, and
# sessions in a table. Arguments: a port and the URL of an empty database.

require_relative "../rails_app"

class ApplicationRecord < ActiveRecord::Base
  self.abstract_class = true
end

class User < ApplicationRecord
  has_secure_password
  has_many :sessions, dependent: :destroy
  before_save { self.email_address = email_address.strip.downcase }
end

class Session < ApplicationRecord
  belongs_to :user
end

class PeerController < ActionController::Base
  def create_user
    user = User.create!(email_address: params[:email], password: params[:password])
    render json: { id: user.id }, status: :created
  end

  def sign_in
    user = User.find_by(email_address: params[:user].strip.downcase)&.authenticate(params[:password])
    return head :unauthorized unless user

    session = user.sessions.create!(user_agent: request.user_agent, ip_address: request.remote_ip)
    cookies.signed.permanent[:session_id] = { value: session.id, httponly: true, same_site: :lax }
    head :ok
  end

  def me
    session = Session.find_by(id: cookies.signed[:session_id])
    return head :unauthorized unless session

    render json: { email: session.user.email_address }
  end
end

App.routes.prepend do
  post "/__test/user", to: "peer#create_user"
  post "/sign-in", to: "peer#sign_in"
  get "/me", to: "peer#me"
end
App.initialize!

create_tables do
  create_table :users, force: :cascade do |t|
    t.string :email_address, null: false
    t.string :password_digest, null: false
    t.timestamps
  end
  add_index :users, :email_address, unique: true
  create_table :sessions, force: :cascade do |t|
    t.references :user, null: false, foreign_key: true
    t.string :ip_address
    t.string :user_agent
    t.timestamps
  end
end

serve
