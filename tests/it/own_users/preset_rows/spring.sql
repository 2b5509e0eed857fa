INSERT INTO users (username, password, enabled) VALUES ('jane', '{bcrypt}$2a$10$Z/ahwy1fDOVv7TIUwfFpwOOf7Ap7Ioz0XLXhfRs8wYRjL3uHf0fCq', TRUE);
INSERT INTO users (username, password, enabled) VALUES ('joe', '{bcrypt}$2a$10$Z/ahwy1fDOVv7TIUwfFpwOOf7Ap7Ioz0XLXhfRs8wYRjL3uHf0fCq', TRUE);
INSERT INTO profiles (username, email) VALUES ('jane', 'jane@example.org');
INSERT INTO profiles (username, email) VALUES ('joe', 'joe@example.org');
-- set: DIRECTORY__FROM = users JOIN profiles ON profiles.username = users.username
-- set: DIRECTORY__EMAIL = profiles.email
