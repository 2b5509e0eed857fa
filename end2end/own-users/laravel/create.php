<?php
// Creates the tables. Runs before the server starts.

require __DIR__ . '/laravel.php';

create_tables(open_database(getenv('PEER_DATABASE')));
