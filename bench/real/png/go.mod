module png

go 1.26
