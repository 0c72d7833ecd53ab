FROM python:3.11-slim
WORKDIR /linli
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN useradd --create-home linli && mkdir /data && chown linli /data
USER linli
WORKDIR /data
ENV PYTHONPATH=/linli LINLI_SERVER__HOST=0.0.0.0 LINLI_SERVER__PROXY=172.16.0.0/12
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz')"]
ENTRYPOINT ["python", "-m", "scripts.serve"]
CMD ["--config", "/data/config.toml"]
