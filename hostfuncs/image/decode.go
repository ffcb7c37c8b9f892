package image

import (
	"bytes"
	"errors"
	"fmt"
	goimage "image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
)

// format is a format of images.
type format struct {
	magic  string // what its files begin with
	config func(io.Reader) (goimage.Config, error)
	decode func(io.Reader) (goimage.Image, error)
}

var formats = [...]format{
	{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
	{"\xff\xd8", jpeg.DecodeConfig, jpeg.Decode},
	{"GIF8", gif.DecodeConfig, gif.Decode},
	{"BM", bmp.DecodeConfig, bmp.Decode},
}

// memoryPerPixel is how many bytes decoding takes at most for a pixel: four components of a progressive
// JPEG with their coefficients, and what they are packed into.
const memoryPerPixel = 24

var (
	errFormat   = errors.New("image: no format that is known")
	errTooLarge = errors.New("image: too large")
)

// pixels are those of an image, row by row: red, green, blue.
type pixels struct {
	width, height int
	rgb           []byte
}

// decode decodes source. The goroutine of a call that is interrupted is left to end by itself.
func (h *Host) decode(source []byte) (*pixels, error) {
	f, size, err := h.admit(source)
	if err != nil {
		return nil, err
	}
	source = bytes.Clone(source) // other threads of the guest may write to it
	var p *pixels
	err = h.config.Guest.Patiently(func() (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("image: %v", r)
			}
		}()
		image, err := f.decode(bytes.NewReader(source))
		if err != nil {
			return err
		}
		p = packed(image, size)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// admit finds out what source is, before anything is made that is as large as it says.
func (h *Host) admit(source []byte) (f *format, size goimage.Point, err error) {
	for n := range formats {
		if bytes.HasPrefix(source, []byte(formats[n].magic)) {
			f = &formats[n]
		}
	}
	if f == nil {
		return nil, size, errFormat
	}
	c, err := f.config(bytes.NewReader(source))
	if err != nil {
		return nil, size, err
	}
	if c.Width <= 0 || c.Height <= 0 || uint64(c.Height) > h.config.MaxMemory/memoryPerPixel/uint64(c.Width) {
		return nil, size, errTooLarge
	}
	return f, goimage.Pt(c.Width, c.Height), nil
}

// packed are the pixels of an image of that size, less what says how opaque they are. A frame
// that is smaller lies in black.
func packed(image goimage.Image, size goimage.Point) *pixels {
	p := &pixels{size.X, size.Y, make([]byte, 3*size.X*size.Y)}
	bounds := image.Bounds()
	whole := bounds.Size() == size
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		row, column := y-bounds.Min.Y, 0
		if !whole {
			row, column = y, bounds.Min.X
		}
		packRow(p.rgb[3*(row*size.X+column):][:3*bounds.Dx()], image, y)
	}
	return p
}

// packRow packs row y of image into to.
func packRow(to []byte, image goimage.Image, y int) {
	left := image.Bounds().Min.X
	switch i := image.(type) {
	case *goimage.NRGBA:
		spread(to, i.Pix[i.PixOffset(left, y):], 4, 1)
	case *goimage.RGBA: // opaque, as decoders make them
		spread(to, i.Pix[i.PixOffset(left, y):], 4, 1)
	case *goimage.NRGBA64:
		spread(to, i.Pix[i.PixOffset(left, y):], 8, 2)
	case *goimage.RGBA64:
		spread(to, i.Pix[i.PixOffset(left, y):], 8, 2)
	case *goimage.Gray:
		spread(to, i.Pix[i.PixOffset(left, y):], 1, 0)
	case *goimage.Gray16:
		spread(to, i.Pix[i.PixOffset(left, y):], 2, 0)
	case *goimage.YCbCr:
		for x := 0; x < len(to)/3; x++ {
			c := i.COffset(left+x, y)
			to[3*x], to[3*x+1], to[3*x+2] = color.YCbCrToRGB(i.Y[i.YOffset(left+x, y)], i.Cb[c], i.Cr[c])
		}
	default:
		for x := 0; x < len(to)/3; x++ {
			c := color.NRGBAModel.Convert(image.At(left+x, y)).(color.NRGBA)
			to[3*x], to[3*x+1], to[3*x+2] = c.R, c.G, c.B
		}
	}
}

// spread fills to with pixels of size bytes, whose colours are step bytes apart.
func spread(to, pix []byte, size, step int) {
	for x := 0; x < len(to)/3; x++ {
		from := pix[x*size:]
		to[3*x], to[3*x+1], to[3*x+2] = from[0], from[step], from[2*step]
	}
}
