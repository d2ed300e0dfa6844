"""What residents' and enterprises' pages (群众和企业的扫码页面) need behind them: no account, no script, any old browser."""
