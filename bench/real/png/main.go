// Command png writes pictures made by a rule in the format PNG and reads them again.
package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
)

func main() {
	const size = 768
	picture := image.NewNRGBA(image.Rect(0, 0, size, size))
	state := uint32(2463534242)
	for y := range size {
		for x := range size {
			state ^= state << 13
			state ^= state >> 17
			state ^= state << 5
			picture.SetNRGBA(x, y, color.NRGBA{R: uint8(x / 3), G: uint8(y / 3), B: uint8(x ^ y), A: uint8(255 - state%3)})
		}
	}
	for _, level := range []png.CompressionLevel{png.BestSpeed, png.DefaultCompression} {
		var file bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: level}).Encode(&file, picture); err != nil {
			log.Fatal(err)
		}
		back, err := png.Decode(bytes.NewReader(file.Bytes()))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(file.Len(), back.Bounds(), bytes.Equal(back.(*image.NRGBA).Pix, picture.Pix))
	}
}
