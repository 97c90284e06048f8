class CreateLibrary < ActiveRecord::Migration[6.1]
  def change
    create_table :authors do |t|
      t.text :name, null: false, index: { unique: true }
      t.date :born
      t.timestamps default: -> { 'now()' }
    end
    create_table :books do |t|
      t.references :author, null: false, foreign_key: true
      t.text :title, null: false
      t.decimal :price, precision: 8, scale: 2, default: 0
    end
  end
end
