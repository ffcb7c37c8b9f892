"""Writes brtable.wat: a br_table of 20000 targets over 400 nested blocks, in a loop without end."""
print(";; Written by brtable.py: a br_table of 20000 targets over 400 nested blocks, for ever.")
print('(module\n  (memory (export "memory") 1)\n  (func (export "_start") (local $i i32)\n    (loop $l')
print("      (local.set $i (i32.add (local.get $i) (i32.const 7)))")
print("      " + "(block " * 400)
targets = " ".join(str((i * 131) % 400) for i in range(20000))
print("      (br_table " + targets + " (i32.rem_u (local.get $i) (i32.const 20001)))")
print("      " + ")" * 400)
print("      (br $l))))")
