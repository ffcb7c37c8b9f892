-- Recursion, tables, strings and patterns.
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print("fib", fib(30))

local sieve, primes = {}, 0
for i = 2, 2000000 do
  if not sieve[i] then
    primes = primes + 1
    for j = i * i, 2000000, i do sieve[j] = true end
  end
end
print("primes", primes)

local words, seed = {}, 42
for i = 1, 100000 do
  seed = (seed * 1103515245 + 12345) % 2147483648
  words[i] = string.format("%s-%x", string.char(97 + seed % 26), seed)
end
table.sort(words)
print("sorted", words[1], words[50000], words[100000])

local count, text = {}, table.concat(words, " ")
for letter, digits in text:gmatch("(%a)%-(%x+)") do count[letter] = (count[letter] or 0) + #digits end
local letters = {}
for l, n in pairs(count) do letters[#letters + 1] = l .. n end
table.sort(letters)
print("counted", #text, letters[1], letters[13], letters[26])

local point = {}
point.__index = point
point.__add = function(a, b) return setmetatable({x = a.x + b.x, y = a.y + b.y}, point) end
local sum = setmetatable({x = 0, y = 0}, point)
for i = 1, 1000000 do sum = sum + setmetatable({x = i, y = -i}, point) end
print("objects", sum.x, sum.y)
