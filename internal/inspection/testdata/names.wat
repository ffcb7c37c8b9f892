(module $"\1b[31m"
  (import "\1b]0;title\07" "two\nlines" (func))
  (func $"\c2\9b31m\e2\80\aeback" (export "\1b[2J\e2\80\ae") (param i32) (drop (i32.const 1000000)))
  (@custom "producers" "\01\08language\01\04\1b[1m\061.99.0")
  (@custom "\1b[5mblink" "x"))
