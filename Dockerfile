# One static file in an otherwise empty image. The built pages are in git, so Go alone builds the whole.
FROM golang:1.26-bookworm AS build
ARG VERSION=container
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/weibox . \
	&& mkdir -p -m 0700 /out/data && mkdir -m 1777 /out/tmp \
	&& cp /usr/local/go/lib/time/zoneinfo.zip /out/zoneinfo.zip

FROM scratch
# Certificates to know Weibo by, and the time zones of the world.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/zoneinfo.zip /zoneinfo.zip
COPY --from=build /out/tmp /tmp
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/weibox /weibox
ENV ZONEINFO=/zoneinfo.zip WEIBOX_DATA=/data
# Nobody in particular: not root, and nothing in the image is his but /data.
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/weibox", "health"]
ENTRYPOINT ["/weibox"]
CMD ["serve"]
