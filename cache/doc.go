// Package cache keeps what is made of modules, so that a second run starts at once.
//
// An [Entry] is one file: a manifest, the module's skeleton (the module with its
// function bodies stripped, which is all that is needed of it once its code is
// compiled), and the engine's artifact. It is found by a [Key], the BLAKE3 of the
// module and of everything else that changes the code made from it. Nothing of an
// entry is unpacked or used before the BLAKE3 of what is stored, LZ4 where
// that saves a fifth, has been compared with the manifest's, and nothing of a manifest but what people are shown before its seal has been
// verified: by a secret key of this user, or a signature of a key he trusts ([Keyring]). An
// entry that does not verify is removed and made anew.
//
// A [Store] is a directory of entries, safe for any number of processes at once:
// entries appear by renaming, a lock file for each key lets one process compile
// while others wait, and the least recently used entries go when there are too
// many. The same bytes, in a custom section, make a universal module.
package cache
